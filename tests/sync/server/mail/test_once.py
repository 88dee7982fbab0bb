"""Each reply is in its mailbox once, whenever the program dies and whatever the server of the provider does."""

import itertools
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_account import MailAccount, MailSecurity, MailServer
from agent_desktop.domain.message import Delivery
from agent_desktop.domain.operations.message import Reply
from agent_desktop.domain.workspace import Channel
from agent_desktop.services.mail.parse import parse_mail
from agent_desktop.store.database import Statements
from sync.channels.mail.connecting import dial
from sync.channels.mail.sending import MailSender
from sync.server.ports import Dial, OpenMailAccount
from tests.factories import make_channel
from tests.mail_servers import MailServers
from tests.sync.channels.mail.conftest import Secret
from tests.sync.channels.mail.letters import CHANNEL, TOKENS
from tests.sync.channels.mail.smtp_script import SmtpScript
from tests.sync.server.post import HERE, Crash, Post

OVER = (Delivery.SENT, Delivery.FAILED, Delivery.UNKNOWN)


class Fuse:
    """Counts the steps of a program, and ends it at one of them. A dead program does nothing more."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.dead = False
        self.open: list[socket.socket] = []

    def step(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left, self.dead = None, True
                raise Crash

    def hang_up(self) -> None:
        """Close what a dead program had open, as its system does."""
        while self.open:
            left = self.open.pop()
            if left.fileno() >= 0:
                socket.close(left.detach())  # whoever reads from it, too


class FusedSocket(socket.socket):
    """A connection each of whose steps may be the last one of the program, before or after it was made."""

    fuse: Fuse

    def sendall(self, *values: object) -> None:
        if self.fuse.dead:
            return
        self.fuse.step()
        super().sendall(*values)  # type: ignore[arg-type]  # passed on
        self.fuse.step()

    def recv_into(self, *values: object) -> int:
        if self.fuse.dead:
            return 0
        self.fuse.step()
        count = super().recv_into(*values)  # type: ignore[arg-type]  # passed on
        self.fuse.step()
        return count


def fused_dial(fuse: Fuse) -> Dial:
    def connect(host: str, port: int, seconds: float) -> socket.socket:
        fuse.step()
        made = dial(host, port, seconds)
        fused = FusedSocket(made.family, made.type, made.proto, made.detach())
        fused.settimeout(seconds)
        fused.fuse = fuse
        fuse.open.append(fused)
        return fused

    return connect


def fuse_commits(post: Post, fuse: Fuse) -> None:
    """The program may end before and after each commit, too."""
    write = post.server.database.write

    @contextmanager
    def fused() -> Iterator[Statements]:
        fuse.step()
        with write() as connection:
            yield connection
            fuse.step()
        fuse.step()

    post.server.database.write = fused  # type: ignore[method-assign]  # for this one


def replies(post: Post, to: str) -> Id:
    here, message_id = post.conversation(), post.ids.new()
    reply = Reply(
        conversation_id=HERE,
        message_id=message_id,
        channel_id=make_channel().id,
        text="It is on its way.",
        to=(to,),
        seen_in=here.last_in_id,
        seen_out=here.last_out_id,
        undo_seconds=0,
    )
    post.server.backend.store.commit([reply])
    return message_id


def connect(post: Post, account: OpenMailAccount, dials: Dial) -> None:
    """Let the replies of every channel leave by this account."""

    def port_of(channel: Channel) -> MailSender:
        return MailSender(CHANNEL, account, TOKENS, post.clock, dials)

    post.port_of = port_of  # type: ignore[method-assign]  # instead of its provider
    post.restart()


def until_over(post: Post, message_id: Id) -> Delivery:
    for _ in range(80):
        if post.message(message_id).delivery in OVER:
            break
        post.later(minutes=11)
    return post.message(message_id).delivery


def arrived(mails: list[bytes]) -> Counter[Id]:
    return Counter(str(TOKENS.verify(parse_mail(raw).message_id)) for raw in mails)


@pytest.mark.peer
def test_a_program_that_dies_at_any_step_sends_nothing_twice(post: Post, mail_servers: MailServers) -> None:
    customer = mail_servers.new_mailbox("ada", "customer.test").address
    server = MailServer(host=mail_servers.host, port=mail_servers.smtp, security=MailSecurity.NONE)
    fuse = Fuse()
    connect(post, OpenMailAccount(CHANNEL.id, MailAccount(smtp=server), Secret()), fused_dial(fuse))
    ended: dict[Id, Delivery] = {}
    for step in itertools.count():
        message_id = replies(post, customer)
        fuse_commits(post, fuse)
        fuse.left, fuse.dead = step, False
        try:
            post.later(seconds=1)
        except Crash:
            fuse.dead = False
            fuse.hang_up()
            post.restart()
        died, fuse.left = fuse.left is None, None
        ended[message_id] = until_over(post, message_id)
        fuse.hang_up()
        if not died:
            break
        post.restart()
    assert step > 30, "there are not as many steps as there should be"
    known = [message_id for message_id, delivery in ended.items() if delivery is Delivery.SENT]
    # What nobody knows of may arrive as well, and before the last that counts as sent.
    in_mailbox = arrived(
        mail_servers.arrived(customer, enough=lambda found: set(known) <= arrived(found).keys())
    )
    assert set(ended.values()) <= {Delivery.SENT, Delivery.UNKNOWN}
    assert max(in_mailbox.values()) == 1, "somebody got a reply twice"
    # The dot, the answer, and what is written down of it: nobody can know. All other steps are certain.
    assert len(ended) - len(known) <= 9, Counter(ended.values())


class Moods:
    """A server that takes, refuses, delays and breaks off as chance has it."""

    def __init__(self, script: SmtpScript, chance: Random) -> None:
        self._script = script
        self._chance = chance

    def next(self) -> None:
        wishes: list[dict[str, str | None]] = [
            {},
            {},
            {"": None},
            {"": "421 busy"},
            {"AUTH": "454 later"},
            {"MAIL": "451 later"},
            {"RCPT": "450 greylisted"},
            {"DATA": None},
            {"DATA": "452 no room"},
            {".": "451 later"},
            {".": None},
            {".": "!"},
            {".": "554 spam"},
            {"RCPT": "550 unknown"},
        ]
        self._script.answers = self._chance.choice(wishes)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_a_server_does_each_reply_is_taken_once_or_a_person_decides(post: Post, seed: int) -> None:
    with SmtpScript() as script:
        server = MailServer(host="localhost", port=script.port, security=MailSecurity.NONE)
        moods = Moods(script, Random(seed))

        def moody(host: str, port: int, seconds: float) -> socket.socket:
            moods.next()
            return dial(host, port, seconds)

        connect(post, OpenMailAccount(CHANNEL.id, MailAccount(smtp=server, user="ben"), Secret()), moody)
        ended = {}
        for _ in range(25):
            message_id = replies(post, "ada@customer.test")
            post.later(seconds=1)
            ended[message_id] = until_over(post, message_id)
    taken = arrived(script.taken)
    assert max(taken.values()) == 1
    assert {Delivery.SENT, Delivery.UNKNOWN, Delivery.FAILED} >= set(ended.values())
    for message_id, delivery in ended.items():
        if delivery is Delivery.SENT:
            assert taken[message_id] == 1
        if delivery is Delivery.FAILED:
            assert taken[message_id] == 0
