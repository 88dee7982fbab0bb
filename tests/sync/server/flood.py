"""One sender floods a mailbox, and others write meanwhile: who waits for whom, and how much memory it takes.

`python -m tests.sync.server.flood --mails 10000` does so in full; a test does less. Time is that of the test: all mails
come within a minute, and after each batch of mails that become messages so much of it has passed as it may take.
"""

import argparse
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from sync.server.mail.ingesting import BATCH
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import CHANNEL, Mailroom, a_mail

MINUTE = timedelta(minutes=1)
OTHERS = 100
BATCH_TIME = timedelta(milliseconds=500)
"""So long a batch takes on a slow machine: in a minute, mails come much faster than they become messages."""


@dataclass(frozen=True, slots=True)
class Flooded:
    """What was seen. `longest_wait`: batches until a mail of somebody else was a message, the last of them included.

    `before_others`: mails of the flood that were messages when the last of the others was; `done`: of all, at the end.
    `peaks`: bytes that a batch took at most, at the beginning and at the end; `seconds`: of the processor for each.
    """

    mails: int
    longest_wait: int
    before_others: int
    done: int
    peaks: tuple[int, int]
    seconds: tuple[float, float]


def flood(room: Mailroom, mails: int) -> Flooded:
    """Let so many mails of one sender come within a minute, a hundred of others among them, and all become messages."""
    step, every = MINUTE / mails, mails // OTHERS
    waiting: dict[str, int] = {}
    batches = longest = 0
    began = next_batch = room.clock.now()
    before_others = 0

    def work() -> None:
        nonlocal batches, longest, before_others
        room.ingester.run()
        batches += 1
        for name in [name for name in waiting if _is_done(room, name)]:
            longest = max(longest, batches - waiting.pop(name))
            before_others = _flooded(room)

    for number in range(mails):
        room.clock.advance(began + step * number - room.clock.now())
        raw = a_mail(f"{number}@flood", f"Buy {number}", "Now. " * 200, sender="flood@example.net")
        room.inbound.store(CHANNEL.id, raw, room.clock.now())
        if number % every == every // 2:
            name = f"{number}@other"
            raw = a_mail(name, f"Question {number}", sender=f"other{number}@example.com")
            room.inbound.store(CHANNEL.id, raw, room.clock.now())
            waiting[name] = batches
        if room.clock.now() >= next_batch:
            work()
            next_batch = room.clock.now() + BATCH_TIME
    while waiting:
        work()
    first = _measured(room)
    while room.states().get("waiting", 0) > BATCH:
        room.ingester.run()
    last = _measured(room)
    room.work()
    return Flooded(
        mails=mails,
        longest_wait=longest,
        before_others=before_others,
        done=room.states()["done"],
        peaks=(first[0], last[0]),
        seconds=(first[1], last[1]),
    )


def _is_done(room: Mailroom, name: str) -> bool:
    with room.database.read() as connection:
        found = connection.execute("SELECT 1 FROM message WHERE external_id = ?", (name,)).fetchone()
    return found is not None


def _flooded(room: Mailroom) -> int:
    with room.database.read() as connection:
        statement = "SELECT count(*) FROM message WHERE external_id LIKE '%@flood'"
        return int(connection.execute(statement).fetchone()[0])


def _measured(room: Mailroom) -> tuple[int, float]:
    """The most memory that one batch takes, and its time of the processor."""
    tracemalloc.start()
    began = time.process_time()
    try:
        room.ingester.run()
        return tracemalloc.get_traced_memory()[1], time.process_time() - began
    finally:
        tracemalloc.stop()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000, metavar="N")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        room = Mailroom(TEMPLATES.server(Path(name) / "server.db"), Path(name))
        try:
            print(asdict(flood(room, options.mails)))
        finally:
            room.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
