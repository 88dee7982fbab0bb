"""Mails until they are messages in their conversations, against the standard parser and an insert of the same rows.

The limit knows beforehand what becomes of a mail: it finds no conversation, cuts no quotes, cleans no HTML and checks
no limits. It reads subject, addresses, date, texts and files of each mail with `email.policy.default`, writes the same
files and the same rows of all tables, as durably and in as many commits, and a row of a full-text index (which is
not at the server but in each window: `of_the_limit_full_text` says how much of the limit it is).
"""

import email
import email.policy
import hashlib
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.made_mails import MadeMails
from agent_desktop.cli.bench.timing import without_collector
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.workspace import CreateWorkspace, SaveChannel
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.small_text import WORDS
from agent_desktop.store.upgrade import prepare
from sync.server.backend import Backend
from sync.server.database import SqliteServerDatabase
from sync.server.mail.inbound import InboundStore
from sync.server.mail.ingesting import BATCH, Ingester
from sync.server.schema import ServerSchema

_ADDRESS = "support@lighthouse.example"
_ROUNDS, _WARM_UP = 12, 2
_FULL_TEXT = f"CREATE VIRTUAL TABLE full_text USING fts5(text, subject, author_name, content='', {WORDS})"
Rows = dict[str, list[tuple[object, ...]]]


class Meter:
    """Adds up what is done within it, in seconds."""

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    def __enter__(self) -> None:
        self._began = time.process_time(), time.perf_counter()

    def __exit__(self, *error: object) -> None:
        cpu, wall = self._began
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall


class Ours:
    """A server that has a mailbox."""

    def __init__(self, folder: Path, schema: ServerSchema) -> None:
        clock = SystemClock()
        ids = TimeOrderedIds(clock)
        self.path = folder / "server.db"
        self.database = SqliteServerDatabase(self.path)
        prepare(self.database, schema.version())
        store = Backend(self.database, schema, clock, ids).store
        store.start()
        self._channel_id = ids.new()
        store.commit(
            [
                CreateWorkspace(workspace_id=ids.new(), name="Bench"),
                SaveChannel(
                    channel_id=self._channel_id, kind=ChannelKind.EMAIL, name="Mail", address=_ADDRESS
                ),
            ]
        )
        self.files = folder / "files"
        self.files.mkdir()
        blobs = BlobStore(self.files)
        self._clock = clock
        self._inbound = InboundStore(self.database, blobs, clock)
        self._ingester = Ingester(store, blobs, clock)

    def take(self, mails: Sequence[bytes]) -> None:
        """Mails arrive, and become messages."""
        for raw in mails:
            self._inbound.store(self._channel_id, raw, self._clock.now())
        while self._ingester.run():
            pass

    def close(self) -> None:
        """End everything."""
        self._ingester.close()
        self.database.close()


class Limit:
    """A file with the same tables and indexes, into which the same rows are put."""

    def __init__(self, folder: Path, ours: Ours) -> None:
        self._folder = folder / "limit-files"
        self._folder.mkdir()
        self._ours = ours
        self._written: set[str] = set()
        self.indexing = Meter()
        self.database = SqliteServerDatabase(folder / "limit.db")
        with ours.database.read() as source:
            made = source.execute(
                "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type IN ('table', 'index')"
            ).fetchall()
        made = [(name, sql) for name, sql in made if not name.startswith("sqlite_")]
        self._tables = [name for name, sql in made if sql.lstrip().upper().startswith("CREATE TABLE")]
        with self.database.write() as connection:
            for _, sql in sorted(made, key=lambda row: row[0] not in self._tables):
                connection.execute(sql)
            connection.execute(_FULL_TEXT)
        self._insert(self.difference())

    def difference(self) -> Rows:
        """The rows of ours that are not here yet, as they are."""
        rows: Rows = {}
        with self._ours.database.read() as ours, self.database.read() as here:
            for table in self._tables:
                every = f'SELECT * FROM "{table}"'  # noqa: S608 - names of tables
                there = set(map(tuple, here.execute(every)))
                new = [row for row in map(tuple, ours.execute(every)) if row not in there]
                if new:
                    rows[table] = new
        return rows

    def new_files(self) -> list[bytes]:
        """What files ours has written since."""
        found = []
        for path in sorted(self._ours.files.glob("[0-9a-f][0-9a-f]/*")):
            if path.name not in self._written:
                self._written.add(path.name)
                found.append(path.read_bytes())
        return found

    def take(self, mails: Sequence[bytes], rows: Rows, files: Sequence[bytes]) -> None:
        """The same files, one commit for each mail that was taken over, and one for what they became."""
        arrived = rows.pop("inbound")
        assert len(arrived) == len(mails)
        for row, content in zip(arrived, files, strict=False):
            self._put(content)
            self._insert({"inbound": [row]})
        for content in files[len(arrived) :]:
            self._put(content)
        self._insert(rows, [_parsed(raw) for raw in mails])

    def _put(self, content: bytes) -> None:
        name = hashlib.sha256(content).hexdigest()
        handle, made = tempfile.mkstemp(dir=self._folder)
        os.write(handle, content)
        os.fsync(handle)
        os.close(handle)
        Path(made).rename(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)

    def _insert(self, rows: Rows, texts: Sequence[tuple[str, str, str]] = ()) -> None:
        with self.database.write() as connection:
            for table, found in rows.items():
                marks = ", ".join("?" * len(found[0]))
                statement = f'INSERT OR REPLACE INTO "{table}" VALUES ({marks})'  # noqa: S608 - names
                connection.executemany(statement, found)
            if texts:
                insert = "INSERT INTO full_text (text, subject, author_name) VALUES (?, ?, ?)"
                with self.indexing:
                    connection.executemany(insert, texts)

    def close(self) -> None:
        """Let the file go."""
        self.database.close()


def _parsed(raw: bytes) -> tuple[str, str, str]:
    """A mail as the standard library reads it: what is indexed of it, the rest read and left."""
    mail = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    sender = mail["from"].addresses[0]
    for name in ("to", "cc", "reply-to"):
        if (field := mail[name]) is not None:
            [one.addr_spec for one in field.addresses]
    _ = mail["date"].datetime, mail["message-id"], mail["references"], mail["in-reply-to"]
    for wanted in ("html", "plain"):
        body = mail.get_body((wanted,))
        text = "" if body is None else body.get_content()
    for file in mail.iter_attachments():
        file.get_content()
        file.get_filename()
    return text, str(mail["subject"]), sender.display_name


def _cpu_of_ended() -> float:
    """Seconds of the processor that processes took which this one started, and which have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _measure(workspace: BenchWorkspace) -> Reading:
    made = MadeMails(_ADDRESS)
    our, other, parser, warm_up = Meter(), Meter(), Meter(), Meter()
    count = size = 0
    helped = _cpu_of_ended()
    with tempfile.TemporaryDirectory(dir=workspace.profile.folder) as name, without_collector():
        folder = Path(name)
        with closing(Ours(folder, ServerSchema())) as ours, closing(Limit(folder, ours)) as limit:
            for number in range(-_WARM_UP, _ROUNDS):
                counts = number >= 0
                mails = list(made.take(BATCH))
                with our if counts else warm_up:
                    ours.take(mails)
                rows, files = limit.difference(), limit.new_files()
                if len(rows.get("inbound", ())) != len(mails) or len(rows.get("message", ())) < len(mails):
                    raise InputError("Not every mail became a message, so nothing was measured.")
                with other if counts else warm_up:
                    limit.take(mails, rows, files)
                with parser if counts else warm_up:
                    for raw in mails:
                        _parsed(raw)
                if counts:
                    count, size = count + len(mails), size + sum(map(len, mails))
    helped = (
        _cpu_of_ended() - helped
    )  # large mails are read by a process of its own, those of the warm-up as well
    cpu = our.cpu + helped
    details = {
        "mails_per_core_second": count / cpu,
        "limit_per_core_second": count / other.cpu,
        "mails_per_second": count / our.wall,
        "kilobytes_of_a_mail": size / count / 1_000,
        "of_the_limit_full_text": limit.indexing.cpu / (count + _WARM_UP * BATCH) * 1_000,
        "of_the_limit_standard_parser": parser.cpu / count * 1_000,
        "of_ours_for_large_mails": helped / count * 1_000,
    }
    return Reading(ours=cpu / count * 1_000, limit=other.cpu / count * 1_000, details=details)


FIGURE = Figure(
    name="mail_ingest",
    words="a mail until it is a message in its conversation, CPU time",
    unit="ms",
    target=1.5,
    measure=_measure,
)
