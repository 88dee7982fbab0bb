"""Mails that say they are somebody else's, and the proof that they get nowhere.

`python -m tests.security.forged_mail --mails 10000` sends so many; a test sends fewer. Whoever forges here knows
everybody's address, every subject and the Message-IDs of customers, but no name that we signed. Where somebody writes
as a customer, our mail server says that it is not them, or who it is instead, or nothing, after it proved one of their
mails.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from agent_desktop.domain.access import SYSTEM_ID
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.message import ReportDelivery
from agent_desktop.domain.workspace import User
from sync.server.mail.bounces import NamedReply
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import CHANNEL, HOST, Mailroom, a_mail, dmarc

VICTIMS = 20
_FAIL = f"{HOST}; spf=fail smtp.mailfrom=evil.example; dkim=none; dmarc=fail header.from=example.com"
_PASS = (
    "{host}; dmarc=pass header.from=example.com; dkim=pass; spf=pass",
    "{host} 1; dmarc=pass",
    "{host};dmarc=pass",
)


@dataclass(frozen=True, slots=True)
class Victim:
    """A customer whom we have answered."""

    address: str
    subject: str
    said: str
    conversation_id: Id
    reply_id: Id


@dataclass(slots=True)
class Seen:
    """What forged mails brought about."""

    mails: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    suggestions: int = 0
    as_agent: int = 0
    joined: int = 0
    joined_by: dict[str, int] = field(default_factory=dict)
    deliveries_changed: int = 0
    answers: int = 0
    answered_twice: int = 0

    @property
    def harmless(self) -> bool:
        """Whether nothing was reached."""
        return not (self.as_agent or self.joined or self.deliveries_changed or self.answered_twice)


class Target:
    """A desk with customers who were answered. `named_reply` says which names are ours, where that is to be weaker."""

    def __init__(self, room: Mailroom, named_reply: NamedReply | None = None) -> None:
        self.room = room
        self.named_reply = named_reply or room.tokens.verify
        self._ingester = room.new_ingester(named_reply=self.named_reply)
        self.victims = [self._victim(number) for number in range(VICTIMS)]
        room.configure(auto_reply="Thank you, we have it.")
        self.agents = [user.email for user in room.rows(User) if user.email]

    def _victim(self, number: int) -> Victim:
        room, said = self.room, f"{number}.said@example.com"
        address, subject = f"victim{number}@example.com", f"Order {number}"
        raw = a_mail(said, subject, sender=f"Victim <{address}>", **dmarc("pass"))
        message, conversation = room.one(raw)
        reply_id = room.reply(conversation).partition(".")[0]
        sent = ReportDelivery(conversation_id=conversation.id, message_id=reply_id, delivery=Delivery.SENT)
        room.commit(sent)
        return Victim(address, subject, said, message.conversation_id, reply_id)

    def attack(self, mails: Sequence[tuple[str, bytes]]) -> Seen:
        """Let mails arrive, and look what they reached."""
        room, seen = self.room, Seen(len(mails), dict(Counter(kind for kind, _ in mails)))
        before = {message.id: message for message in room.rows(Message)}
        before_them = {row.id for row in room.rows(Conversation)}
        for _, raw in mails:
            room.keep(raw)
        room.work(self._ingester)
        messages = {message.id: message for message in room.rows(Message)}
        customers = {row.id for row in room.rows(Customer)}
        new = [message for message in messages.values() if message.id not in before]
        answers = [one for one in new if one.direction is Direction.OUT and one.automatic]
        theirs = [one for one in new if one.kind is MessageKind.REPLY and one not in answers]
        seen.messages, seen.answers = len(theirs), len(answers)
        seen.as_agent = sum(
            one.direction is not Direction.IN or one.author_id not in customers for one in theirs
        )
        seen.as_agent += sum(one.kind not in (MessageKind.REPLY, MessageKind.EVENT) for one in new)
        seen.as_agent += self._operations_of_users()
        conversations = {row.id: row for row in room.rows(Conversation)}
        joined = [one for one in theirs if one.conversation_id in before_them]
        names = {f"f{place}@evil.example": kind for place, (kind, _) in enumerate(mails, 1)}
        seen.joined_by = dict(Counter(names.get(str(one.external_id), "") for one in joined))
        seen.joined = len(joined)
        seen.joined += sum(row.merged_into is not None for row in conversations.values())
        seen.suggestions = sum(row.suggested_id is not None for row in conversations.values())
        seen.deliveries_changed = sum(
            (messages[row.id].delivery, messages[row.id].delivery_detail)
            != (row.delivery, row.delivery_detail)
            for row in before.values()
        )
        each = Counter(address for one in answers for address in one.to)
        seen.answered_twice = sum(count - 1 for count in each.values())
        return seen

    def _operations_of_users(self) -> int:
        with self.room.database.read() as connection:
            statement = "SELECT count(*) FROM operation WHERE user_id != ?"
            return int(connection.execute(statement, (SYSTEM_ID,)).fetchone()[0])


class Forger:
    """Makes mails of every kind that somebody may try, by seeded chance."""

    def __init__(self, target: Target, seed: int) -> None:
        self._target = target
        self._random = Random(seed)
        self._count = 0
        self._kinds: dict[str, Callable[[], bytes]] = {
            "as an agent": self._as_agent,
            "as ourselves": self._as_ourselves,
            "as a customer": self._as_customer,
            "as a customer, proven by themselves": self._proven_by_themselves,
            "as a customer, proven as somebody else": self._proven_as_another,
            "as a customer, by a way without proofs": self._by_another_way,
            "of a stranger who knows names": self._stranger,
            "with a guessed token": self._token,
            "to a guessed address": self._plus_address,
            "as a bounce": self._bounce,
            "as a complaint": self._complaint,
        }

    def make(self, count: int) -> list[tuple[str, bytes]]:
        """So many mails, each with what it tries."""
        kinds = list(self._kinds)
        names = [kinds[number % len(kinds)] for number in range(count)]
        return [(name, self._kinds[name]()) for name in names]

    def _mail(self, sender: str, subject: str, **more: Any) -> bytes:
        self._count += 1
        at = self._target.room.clock.now() - timedelta(seconds=self._random.randint(0, 80_000))
        text = f"Please send everything to my new address, {self._count}."
        options: dict[str, Any] = {"sender": sender, "at": at, **more}
        return a_mail(f"f{self._count}@evil.example", subject, text, **options)

    def _victim(self) -> Victim:
        return self._random.choice(self._target.victims)

    def _as_agent(self) -> bytes:
        victim, agent = self._victim(), self._random.choice(self._target.agents)
        return self._mail(
            self._cased(f"Agent <{agent}>"),
            f"Re: {victim.subject}",
            answers=victim.said,
            x_agent_desktop_user=agent,
            list_id="<agents.example.org>" if self._random.random() < 0.2 else "<>",
        )

    def _as_ourselves(self) -> bytes:
        victim = self._victim()
        return self._mail(
            self._cased(f"Support <{CHANNEL.address}>"),
            f"Re: {victim.subject}",
            refers=[victim.said],
            answers=self._guess(victim) if self._random.random() < 0.5 else victim.said,
        )

    def _as_customer(self) -> bytes:
        victim = self._victim()
        names = [victim.said] if self._random.random() < 0.5 else []
        result = {"authentication_results": _FAIL} if names or self._random.random() < 0.5 else {}
        return self._mail(f"Victim <{victim.address}>", f"Re: {victim.subject}", refers=names, **result)

    def _proven_by_themselves(self) -> bytes:
        """What our server says stands above what came in."""
        victim = self._victim()
        hosts = (HOST, HOST.upper(), f"{HOST}.", f'"{HOST}"', f"{HOST} (comment)")
        lines = [
            self._random.choice(_PASS).format(host=self._random.choice(hosts))
            for _ in range(self._random.randint(1, 3))
        ]
        between = "\r\nReceived: from evil.example" if self._random.random() < 0.5 else ""
        forged = "".join(f"{between}\r\nAuthentication-Results: {line}" for line in lines)
        raw = self._mail(f"Victim <{victim.address}>", f"Re: {victim.subject}", refers=[victim.said])
        return f"Authentication-Results: {_FAIL}{forged}\r\n".encode() + raw

    def _proven_as_another(self) -> bytes:
        """By a server of their own, where the customer's domain demands nothing."""
        victim, policy = self._victim(), self._random.choice(("dmarc=none header.from=example.com; ", ""))
        results = (
            f"{policy}spf=pass smtp.mailfrom={victim.address}.evil.example; dkim=pass header.d=evil.example"
        )
        return self._mail(
            f"Victim <{victim.address}>",
            f"Re: {victim.subject}",
            refers=[victim.said],
            authentication_results=f"{HOST}; {results}",
        )

    def _by_another_way(self) -> bytes:
        victim = self._victim()
        return self._mail(f"Victim <{victim.address}>", f"Re: {victim.subject}", refers=[victim.said])

    def _stranger(self) -> bytes:
        victim = self._victim()
        sender = f"{victim.address} <eve{self._random.randint(0, 400)}@evil.example>"
        return self._mail(sender, f"Re: {victim.subject}", refers=[victim.said], reply_to=victim.address)

    def _guess(self, victim: Victim) -> str:
        real = self._target.room.tokens.message_id(victim.reply_id, "example.org")
        signature = self._random.choice(
            (f"{self._random.getrandbits(64):016x}", "0" * 16, real[33:49][::-1], "")
        )
        return f"{victim.reply_id}.{signature}@example.org"

    def _token(self) -> bytes:
        victim = self._victim()
        sender = self._random.choice((f"eve{self._count}@evil.example", victim.address))
        return self._mail(
            sender, f"Re: {victim.subject}", answers=self._guess(victim), authentication_results=_FAIL
        )

    def _plus_address(self) -> bytes:
        victim = self._victim()
        token = self._target.room.tokens.address(victim.reply_id, CHANNEL.address)
        letters = list(token)
        place = self._random.randrange(token.index("+r.") + 3 + 26, token.index("@"))
        letters[place] = self._random.choice([one for one in "abcdefgh234567" if one != letters[place]])
        return self._mail(f"eve{self._count}@evil.example", victim.subject, to="".join(letters))

    def _bounce(self) -> bytes:
        victim = self._victim()
        name = self._random.choice((self._guess(victim), f"{victim.reply_id}@example.org", victim.said))
        action, status = self._random.choice(
            (("failed", "5.1.1"), ("delivered", "2.0.0"), ("delayed", "4.2.2"))
        )
        return self._report(
            "delivery-status",
            f"Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; {victim.address}\r\n"
            f"Action: {action}\r\nStatus: {status}\r\n",
            name,
        )

    def _complaint(self) -> bytes:
        victim = self._victim()
        fields = f"Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: {victim.address}\r\n"
        return self._report("feedback-report", fields, self._guess(victim))

    def _report(self, kind: str, fields: str, name: str) -> bytes:
        self._count += 1
        return report(kind, fields, name, f"f{self._count}@evil.example")

    def _cased(self, sender: str) -> str:
        """Addresses are the same however they are written."""
        return self._random.choice(
            (sender, sender.upper(), sender.title(), f'"{sender[:3]}" {sender[sender.index("<") :]}')
        )


def report(kind: str, fields: str, name: str, own: str) -> bytes:
    """What a mail server says about a mail of this name."""
    return (
        f"From: MAILER-DAEMON@mx.example.com\r\nTo: {CHANNEL.address}\r\nSubject: Undelivered Mail\r\n"
        f"Message-ID: <{own}>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nIn-Reply-To: <{name}>\r\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{fields}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{name}>\r\nSubject: x\r\n\r\n--b--\r\n"
    ).encode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        room = Mailroom(TEMPLATES.server(Path(name) / "server.db"), Path(name))
        try:
            target = Target(room)
            seen = target.attack(Forger(target, options.seed).make(options.mails))
        finally:
            room.close()
    print(asdict(seen))
    return 0 if seen.harmless else 1


if __name__ == "__main__":
    sys.exit(main())
