"""A server with a mail account beside a real Dovecot and Postfix, mail that arrives and replies that leave meanwhile.

Whatever runs may be killed. A lease whose time passes is one that `let_time_pass` ends: nobody waits ten minutes here.
"""

import logging
import os
import queue
import signal
import smtplib
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import requests
from argon2 import PasswordHasher

from agent_desktop.cli.bench.held_ports import HeldPorts
from agent_desktop.cli.server.main import main
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.mail_account import AfterReading, MailAccount, MailSecurity, MailServer, StartWith
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer
from agent_desktop.domain.operations.message import ReceiveMessage, Reply
from agent_desktop.domain.operations.workspace import CreateWorkspace, SaveChannel, SaveUser
from agent_desktop.domain.workspace import ChannelKind
from sync.protocol.messages import Hello, PushAnswer, PushRequest, WireOperation
from sync.server.backend import Backend
from sync.server.keys import ServerKey
from sync.server.mail.accounts import MailAccounts, Secret
from sync.server.opening import open_database
from sync.server.schema import ServerSchema
from sync.server.sign_in.accounts import Accounts
from tests.end_to_end.mail_plan import Planned
from tests.end_to_end.processes import forks
from tests.mail_servers import BOUNCING, MailServers

PATIENCE = 180.0
"""Seconds for anything to happen that must happen."""
PASSWORD = "correct horse battery"
AGENT = "anna@example.test"
_KEY = "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk="


def serve(command: Sequence[str], log: Path) -> None:
    """`agent-desktop-server`, whatever it says in a file."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(handle, 2)
    os.environ["AGENT_DESKTOP_KEY"] = _KEY
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    sys.exit(main(command))


def bring(command: Sequence[str], mail: Path, log: Path) -> None:
    """`agent-desktop-server receive`, a mail on its standard input."""
    handle = os.open(mail, os.O_RDONLY)
    os.dup2(handle, 0)
    sys.stdin = os.fdopen(0)
    serve(command, log)


class Office:
    """The server, its database at `address`, and the mailbox that it reads."""

    def __init__(self, folder: Path, address: str, servers: MailServers, after: AfterReading) -> None:
        self.folder, self.address, self.servers = folder, address, servers
        self.box = servers.new_mailbox("help")
        self.blobs = folder / "blobs"
        self.log = folder / "server.log"
        self.clock = SystemClock()
        self.ids = TimeOrderedIds(self.clock)
        self.channel_id = self.ids.new()
        self._ports = HeldPorts()
        (self.port,) = self._ports.numbers
        self.database = open_database(address, ServerSchema())
        self._context = forks()
        self._process: Any = None
        self._fill(after)

    def _fill(self, after: AfterReading) -> None:
        schema, key = ServerSchema(), ServerKey.parse(_KEY)
        self.backend = Backend(self.database, schema, self.clock, self.ids)
        self.backend.store.start()
        user_id = self.ids.new()
        self.backend.store.commit(
            [
                CreateWorkspace(workspace_id=self.ids.new(), name="Lighthouse"),
                SaveChannel(
                    channel_id=self.channel_id, kind=ChannelKind.EMAIL, name="Help", address=self.box.address
                ),
                SaveUser(user_id=user_id, name="Anna Berg", email=AGENT),
            ]
        )
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        Accounts(self.database, schema, self.clock, self.ids, weak, key=key).set_password(user_id, PASSWORD)
        servers = self.servers
        account = MailAccount(
            imap=MailServer(host=servers.host, port=servers.imaps, security=MailSecurity.TLS),
            smtp=MailServer(host=servers.host, port=servers.submissions, security=MailSecurity.TLS),
            user=self.box.address,
            authority=servers.ca_file.read_text(),
            after_reading=after,
            start=StartWith.ALL,
        )
        with self.database.write() as sql:
            secret = Secret(password=self.box.password)
            MailAccounts(self.database, key, self.clock).save(sql, self.channel_id, account, secret)

    # ----- processes

    def start(self) -> None:
        """Serve, until `kill`."""
        command = ["serve", *self._where(), "--listen", f"127.0.0.1:{self.port}", "--mail-hosts", "private"]
        self._process = self._context.Process(target=serve, args=(command, self.log), daemon=True)
        self._process.start()

    def kill(self, look: Callable[[], None] = lambda: None) -> None:
        """End the server as a power cut does, look what it left, and let the time of its leases pass."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            assert self._process.exitcode == -signal.SIGKILL, self.log.read_text()[-3_000:]
            self._process.close()
            self._process = None
            look()
            self.let_time_pass()

    def let_time_pass(self) -> None:
        """Nobody runs: all leases are over, and what was put off is due."""
        with self.database.write() as sql:
            sql.execute("UPDATE mail_account SET lease_until = 0")
            sql.execute("UPDATE inbound SET lease_until = 0 WHERE state = 'waiting'")
            sql.execute("UPDATE outbound SET lease_until = 0 WHERE state IN ('trying', 'sending')")
            sql.execute("UPDATE outbound SET not_before = 0 WHERE state = 'queued'")

    def pipe(self, raw: bytes, name: str, killed_after: float | None) -> bool:
        """Bring a mail by the command, which may be killed meanwhile; whether it says that the mail is there."""
        mail = self.folder / f"{name}.eml"
        mail.write_bytes(raw)
        command = ["receive", *self._where(), "--channel", self.box.address]
        process = self._context.Process(target=bring, args=(command, mail, self.log), daemon=True)
        process.start()
        process.join(killed_after)
        if process.exitcode is None:
            process.kill()
            process.join()
        return bool(process.exitcode == 0)

    def _where(self) -> list[str]:
        return ["--database", self.address, "--blobs", str(self.blobs)]

    def close(self) -> None:
        """Nothing runs any more."""
        self.kill()
        self._ports.close()
        self.database.close()

    # ----- what there is

    def numbers(self, statement: str) -> dict[str, int]:
        """Counts by state."""
        with self.database.read() as connection:
            return {str(state): int(count) for state, count in connection.execute(statement).fetchall()}

    def inbound(self) -> dict[str, int]:
        """How many raw mails are in which state."""
        return self.numbers("SELECT state, count(*) FROM inbound GROUP BY state")

    def outbound(self) -> dict[str, int]:
        """How many replies are in which state."""
        return self.numbers("SELECT state, count(*) FROM outbound GROUP BY state")

    def conversation(self, customer: str) -> tuple[Id, Id]:
        """Somebody has written; the conversation and their message."""
        customer_id, conversation_id, message_id = self.ids.new(), self.ids.new(), self.ids.new()
        address = Address(kind=ChannelKind.EMAIL, address=customer)
        self.backend.store.commit(
            [
                CreateCustomer(customer_id=customer_id, name=customer, addresses=(address,)),
                CreateConversation(
                    conversation_id=conversation_id,
                    customer_id=customer_id,
                    channel_id=self.channel_id,
                    subject="Kettle",
                ),
                ReceiveMessage(
                    conversation_id=conversation_id,
                    message_id=message_id,
                    customer_id=customer_id,
                    channel_id=self.channel_id,
                    text="It leaks.",
                    sent_at=self.clock.now(),
                ),
            ]
        )
        return conversation_id, message_id


class World:
    """Delivers mails through Postfix as they are released, each until it was taken. A cut may have it deliver twice."""

    def __init__(self, office: Office, seed: int, workers: int = 3) -> None:
        self._office = office
        self._mails: queue.Queue[Planned | None] = queue.Queue()
        self._random = Random(seed)
        self.problems: list[str] = []
        self.taken = self.retried = 0
        self._count = threading.Lock()
        self._threads = [threading.Thread(target=self._deliver) for _ in range(workers)]
        for thread in self._threads:
            thread.start()

    def release(self, mails: Sequence[Planned]) -> None:
        """Let these be delivered."""
        for mail in mails:
            for _ in range(mail.times):
                self._mails.put(mail)

    def end(self) -> None:
        """Once everything is delivered."""
        for _ in self._threads:
            self._mails.put(None)
        for thread in self._threads:
            thread.join()

    def _deliver(self) -> None:
        while (mail := self._mails.get()) is not None:
            try:
                self._bring(mail)
            except Exception as error:  # noqa: BLE001 - a border: the test tells of it
                self.problems.append(f"{mail.message_id}: {error!r}")

    def _bring(self, mail: Planned) -> None:
        end, tries = time.monotonic() + PATIENCE, 0
        while not self._brought(mail):
            tries += 1
            assert time.monotonic() < end, "a mail is not taken"
            threading.Event().wait(0.05)
        with self._count:
            self.taken += 1
            self.retried += tries

    def _brought(self, mail: Planned) -> bool:
        office = self._office
        if mail.piped:
            killed = self._random.uniform(0.0, 0.4) if self._random.random() < 0.4 else None
            return office.pipe(mail.raw, f"{mail.message_id}-{threading.get_ident()}", killed)
        try:
            with smtplib.SMTP(office.servers.host, office.servers.smtp, timeout=30) as smtp:
                smtp.sendmail(mail.sender, [office.box.address], mail.raw)
        except (smtplib.SMTPException, OSError):
            return False
        return True


class Client:
    """An agent's program: its replies go to the server in order, each again until the server says that it has it."""

    def __init__(self, office: Office, replies: int) -> None:
        self._office = office
        self._replies: queue.Queue[Id | None] = queue.Queue()
        self._number = 0
        self._headers: dict[str, str] = {}
        self._epoch = ""
        self.problem = ""
        self.acknowledged: list[Id] = []
        self.recipients: dict[Id, str] = {}
        self._waiting: dict[Id, Reply] = {}
        for number in range(replies):
            domain = BOUNCING if number % 20 == 19 else "reply.test"
            self._write(f"r{number}@{domain}")
        self._session = requests.Session()
        self._session.trust_env = False
        self._thread = threading.Thread(target=self._push_all)
        self._thread.start()

    def _write(self, customer: str) -> None:
        conversation_id, seen = self._office.conversation(customer)
        message_id = self._office.ids.new()
        self.recipients[message_id] = customer
        self._waiting[message_id] = Reply(
            conversation_id=conversation_id,
            message_id=message_id,
            channel_id=self._office.channel_id,
            text=f"We look into it, {customer}.",
            to=(customer,),
            seen_in=seen,
            undo_seconds=0,
        )

    def release(self, message_ids: Sequence[Id]) -> None:
        """Let these be sent."""
        for message_id in message_ids:
            self._replies.put(message_id)

    def end(self) -> None:
        """Once the server has everything."""
        self._replies.put(None)
        self._thread.join()
        self._session.close()

    def _push_all(self) -> None:
        try:
            while (message_id := self._replies.get()) is not None:
                self._push(message_id)
        except Exception as error:  # noqa: BLE001 - a border: the test tells of it
            self.problem = repr(error)

    def _push(self, message_id: Id) -> None:
        payload, self._number = self._waiting[message_id], self._number + 1
        kind = kind_of(payload)
        wire = WireOperation(
            id=self._office.ids.new(),
            number=self._number,
            kind=kind.name,
            version=kind.version,
            at=0,
            seen=0,
            payload=encode_payload(payload),
        )
        end = time.monotonic() + PATIENCE
        while True:
            with suppress(requests.RequestException):
                answer = self._pushed(wire)
                assert answer.expected == self._number + 1, answer
                self.acknowledged.append(message_id)
                return
            assert time.monotonic() < end, "a reply is not taken"
            threading.Event().wait(0.05)

    def _pushed(self, wire: WireOperation) -> PushAnswer:
        base = f"http://127.0.0.1:{self._office.port}/v1"
        if not self._headers:
            body = {"email": AGENT, "password": PASSWORD, "device": "Laptop"}
            signed_in = self._session.post(f"{base}/sign-in", json=body, timeout=20)
            signed_in.raise_for_status()
            self._headers = {"Authorization": f"Bearer {signed_in.json()['token']}"}
            hello = self._session.get(f"{base}/sync/hello", timeout=20).content
            self._epoch = msgspec.json.decode(hello, type=Hello).epoch
        request = PushRequest(client_id="laptop", epoch=self._epoch, operations=[wire])
        answer = self._session.post(
            f"{base}/sync/push",
            data=msgspec.json.encode(request),
            headers={**self._headers, "Content-Type": "application/json"},
            timeout=20,
        )
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=PushAnswer)
