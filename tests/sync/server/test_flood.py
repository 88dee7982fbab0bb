"""Whoever sends thousands of mails waits behind those who send one, and takes no more memory than they do."""

from sync.server.mail.ingesting import BATCH, BATCH_BYTES
from tests.sync.server.flood import OTHERS, flood
from tests.sync.server.mailroom import Mailroom, a_mail

MAILS = 1_500
"""In a minute; `python -m tests.sync.server.flood` sends 10,000."""


def test_others_are_messages_at_once_and_the_flood_is_not_lost(sqlite_mailroom: Mailroom) -> None:
    seen = flood(sqlite_mailroom, MAILS)
    assert seen.longest_wait <= 2, "batches; the mail may come right after one has begun"
    assert seen.before_others < MAILS, "the flood waits"
    assert seen.done == MAILS + OTHERS
    early, late = seen.peaks
    assert late < 2 * early, "a batch takes no more memory, however much waits or was there before"


def test_large_mails_are_taken_a_few_at_a_time(sqlite_mailroom: Mailroom) -> None:
    size = BATCH_BYTES // 8
    for number in range(20):
        sqlite_mailroom.keep(a_mail(f"{number}@large", f"Photo {number}", "x" * 70 + "\r\n" + "y" * size))
    done = 0
    while sqlite_mailroom.ingester.run():
        before, done = done, sqlite_mailroom.states().get("done", 0)
        assert (done - before) * size <= BATCH_BYTES < BATCH * size
    assert done == 20
