"""Forged mails act as nobody of ours, join nobody's conversation, and change no delivery; many more of them:
`python -m tests.security.forged_mail`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.ids import Id
from tests.security.forged_mail import Forger, Target, report
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import CHANNEL, Mailroom, a_mail, dmarc

MAILS = 504


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Mailroom]:
    room = Mailroom(TEMPLATES.server(tmp_path / "server.db"), tmp_path)
    yield room
    room.close()


def test_forged_mails_reach_nothing(room: Mailroom) -> None:
    target = Target(room)
    seen = target.attack(Forger(target, seed=1).make(MAILS))
    assert seen.harmless, seen
    assert (seen.mails, seen.messages) == (MAILS, MAILS), "each is here, for people to judge"
    assert seen.suggestions > MAILS // 5
    assert 20 < seen.answers < MAILS // 2


def test_true_ones_do(room: Mailroom) -> None:
    """What would be found where a forged mail got through, for what is true gets through."""
    target = Target(room)
    victim = target.victims[0]
    name = room.tokens.message_id(victim.reply_id, "example.org")
    sender = f"Victim <{victim.address}>"
    fields = f"Final-Recipient: rfc822; {victim.address}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    seen = target.attack(
        [
            ("answer", a_mail("f1@evil.example", "Re: x", sender=sender, answers=name, **dmarc("pass"))),
            (
                "reference",
                a_mail(
                    "f2@evil.example",
                    f"Re: {victim.subject}",
                    sender=sender,
                    refers=[victim.said],
                    **dmarc("pass"),
                ),
            ),
            (
                "bounce",
                report("delivery-status", f"Reporting-MTA: dns; mx\r\n\r\n{fields}", name, "f3@mx.example"),
            ),
        ]
    )
    assert seen.joined_by == {"answer": 1, "reference": 1}
    assert seen.deliveries_changed == 1


def test_the_proof_finds_a_server_that_believes_every_name(room: Mailroom) -> None:
    def believing(name: str) -> Id | None:
        return room.tokens.verify(name) or (name[:32] if name.partition("@")[0].count(".") == 1 else None)

    target = Target(room, named_reply=believing)
    seen = target.attack(Forger(target, seed=1).make(MAILS // 2))
    assert seen.joined > 0
    assert seen.deliveries_changed > 0
    assert not seen.harmless


def test_our_own_address_is_ours_however_it_is_written(room: Mailroom) -> None:
    target = Target(room)
    victim = target.victims[0]
    for sender in (CHANNEL.address, CHANNEL.address.upper(), CHANNEL.address.title()):
        raw = a_mail(f"{sender}.1@x", f"Re: {victim.subject}", sender=f"We <{sender}>", refers=[victim.said])
        _, conversation = room.one(raw)
        assert conversation.id != victim.conversation_id
        assert conversation.suggested_id == victim.conversation_id
