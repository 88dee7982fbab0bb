"""Takes everything that is on this device out of it: as JSON lines, as a folder, or as one SQLite file."""

import base64
import gzip
import json
import re
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import IO, Any, ClassVar

from agent_desktop.context import Desk
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.customer import Customer, Identity, Organization
from agent_desktop.domain.entities import ENTITIES
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Article, CannedResponse
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Attachment, Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.exporting import ExportFormat, RecordExport
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.workspace import Channel
from agent_desktop.services.front_matter import with_front_matter
from agent_desktop.services.mail.names import clean_file_name
from agent_desktop.store.disk import replace
from agent_desktop.store.lookups import Lookups

FORMATS = "a file that ends in .jsonl, .jsonl.gz or .sqlite, or a new folder"
_FROM = {MessageKind.NOTE: "note", MessageKind.EVENT: "system"}
_IN_ALL = (Customer, Conversation, Message, Attachment, Article, CannedResponse)
"""What there is of in every format."""
_NOT_SAID: tuple[object, ...] = ("", None, (), [], False)


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How many of how many rows have been written."""

    done: int
    total: int


Listener = Callable[[ExportProgress], None]


@dataclass(slots=True)
class ExportReport:
    """What was written. `missing_files` are attachments whose content is not on this device."""

    path: Path
    written: Counter[str] = field(default_factory=Counter)
    missing_files: int = 0
    cancelled: bool = False


class Exporter:
    """Writes what the profile holds. What was half written when it ends early is removed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def run(
        self,
        path: Path,
        *,
        progress: Listener = lambda progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ExportReport:
        """Write everything to a new file or folder, in the format that its name tells.

        Before the first row is, the outbox holds durably that the audit log is to tell of it, whatever becomes of it.

        Raises InputError when the user may not, there is something at this place already or the name tells no
        format, StoreError when the disk fails.
        """
        if not self._desk.directory.actor.may(Permission.EXPORT):
            raise InputError(
                "Your role does not allow to export, so nothing was written. Ask an administrator."
            )
        if path.exists():
            raise InputError(
                f"There is something at {path} already, so nothing was written. Choose another name."
            )
        suffix = path.name.removesuffix(".gz").rpartition(".")[2] if "." in path.name else ""
        writers: dict[str, _MakeWriter] = {
            "": _Folder,
            "jsonl": _Lines,
            "sqlite": _SqliteFile,
            "db": _SqliteFile,
        }
        if suffix not in writers:
            raise InputError(f"What to write is told by the name: {FORMATS}.")
        report = ExportReport(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            writer = writers[suffix](self._desk, report, progress, cancelled)
            self._desk.apply(writer.record())
            with _in_one_piece(path, report) as unfinished:
                writer.write(unfinished)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"{path} could not be written, so there is no export. Check the disk's free space and permissions.",
                str(error),
            ) from error
        return report


@contextmanager
def _in_one_piece(path: Path, report: ExportReport) -> Iterator[Path]:
    """Another name to write under; what is finished gets the right one, what is not is removed."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    _remove(unfinished)
    try:
        yield unfinished
        if not report.cancelled:
            replace(unfinished, path)
    finally:
        _remove(unfinished)


def _channel(channel: Channel | None) -> dict[str, Any] | None:
    if channel is None:
        return None
    return _said(kind=channel.kind.value, name=channel.name, address=channel.address)


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _remove(path: Path) -> None:
    if path.is_dir():
        for entry in path.iterdir():
            _remove(entry)
        path.rmdir()
    else:
        path.unlink(missing_ok=True)


class _Writer(ABC):
    """What all formats share: the rows, and word about how far it is."""

    format: ClassVar[ExportFormat]
    others: ClassVar[tuple[type[Entity], ...]] = ()
    """What it writes beside what the formats have in common."""

    def __init__(
        self,
        desk: Desk,
        report: ExportReport,
        progress: Listener,
        cancelled: Callable[[], bool],
    ) -> None:
        self.desk = desk
        self.lookups = Lookups(desk.replica.database, desk.replica.schema)
        self.report = report
        self._progress = progress
        self._cancelled = cancelled
        self._done = 0
        self._total = 0

    @abstractmethod
    def write(self, path: Path) -> None:
        """Write everything to this place."""

    def record(self) -> RecordExport:
        """What it is about to write."""
        count = self.lookups.count
        return RecordExport(
            format=self.format,
            customers=count(Customer),
            conversations=count(Conversation),
            messages=count(Message),
            attachments=count(Attachment),
            articles=count(Article),
            canned_responses=count(CannedResponse),
            other_rows=sum(map(count, self.others)),
        )

    def expect(self, *entities: type[Entity]) -> None:
        """Say how much there is to do."""
        self._total = sum(self.lookups.count(entity) for entity in entities)

    def goes_on(self, done: int) -> bool:
        """Tell how far it is; whether to go on."""
        self._done += done
        self._progress(ExportProgress(min(self._done, self._total), self._total))
        if self._cancelled():
            self.report.cancelled = True
        return not self.report.cancelled


class _Lines(_Writer):
    """One JSON record for each line: what `import` reads again."""

    format = ExportFormat.LINES

    def write(self, path: Path) -> None:
        self.expect(Customer, Conversation, Article, CannedResponse)
        with _text_file(path, packed=path.name.removesuffix(".unfinished").endswith(".gz")) as file:
            for records in (self.customers(), self.conversations(), self.articles(), self.canned_responses()):
                for record in records:
                    self._line(file, record)

    def _line(self, file: IO[str], record: dict[str, Any]) -> None:
        file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.report.written[record["type"]] += 1

    def customers(self) -> Iterator[dict[str, Any]]:
        """The customers, without those that were merged into others."""
        for block in self.lookups.blocks(Customer):
            if not self.goes_on(len(block)):
                return
            known = self._addresses([customer.id for customer in block])
            for customer in block:
                if customer.merged_into is None:
                    yield self._customer(customer, known.get(customer.id, []))

    def _addresses(self, customer_ids: list[Id]) -> dict[Id, list[dict[str, str]]]:
        found: dict[Id, list[dict[str, str]]] = {}
        for identity in self.lookups.where(Identity, "customer_id", customer_ids):
            found.setdefault(identity.customer_id, []).append(
                {"kind": identity.kind.value, "address": identity.display or identity.address}
            )
        return found

    def _customer(self, customer: Customer, addresses: list[dict[str, str]]) -> dict[str, Any]:
        organization = (
            self.lookups.get(Organization, customer.organization_id) if customer.organization_id else None
        )
        return _said(
            type="customer",
            id=customer.id,
            name=customer.name,
            identities=addresses,
            organization=organization.name if organization else "",
            tier=customer.tier,
            language=customer.language,
            location=customer.location,
            time_zone=customer.time_zone,
            note=customer.note,
            details=[asdict(detail) for detail in customer.details],
        )

    def conversations(self) -> Iterator[dict[str, Any]]:
        """The conversations with everything that was said in them."""
        for block in self.lookups.blocks(Conversation):
            if not self.goes_on(len(block)):
                return
            ids = [conversation.id for conversation in block]
            messages: dict[Id, list[Message]] = {}
            for message in self.lookups.where(Message, "conversation_id", ids):
                messages.setdefault(message.conversation_id, []).append(message)
            files: dict[Id, list[Attachment]] = {}
            for attachment in self.lookups.where(Attachment, "conversation_id", ids):
                files.setdefault(attachment.message_id, []).append(attachment)
            for conversation in block:
                said = sorted(messages.get(conversation.id, ()), key=lambda row: (row.created_at, row.id))
                yield self._conversation(conversation, said, files)

    def _conversation(
        self, conversation: Conversation, messages: list[Message], files: dict[Id, list[Attachment]]
    ) -> dict[str, Any]:
        directory = self.desk.directory
        customer = self._survivor(conversation.customer_id)
        channel = directory.channel(conversation.channel_id)
        team, assignee = directory.team(conversation.team_id), directory.user(conversation.assignee_id)
        return _said(
            type="conversation",
            id=conversation.id,
            number=conversation.number,
            subject=conversation.subject,
            channel=_channel(channel),
            status=conversation.status.value,
            priority=conversation.priority.value,
            team=team.name if team else "",
            assignee=_said(name=assignee.name, email=assignee.email) if assignee else None,
            tags=list(conversation.tags),
            created_at=conversation.created_at.isoformat(),
            snoozed_until=_moment(conversation.snoozed_until),
            merged_into=conversation.merged_into,
            merged_at=_moment(conversation.merged_at),
            customer=customer,
            events=[
                self._event(message, files.get(message.id, []), conversation.channel_id)
                for message in messages
            ],
        )

    def _survivor(self, customer_id: Id) -> dict[str, Any]:
        customer = self.lookups.get(Customer, customer_id)
        if customer is None:
            return {"id": customer_id}
        return self._customer(customer, self._addresses([customer.id]).get(customer.id, []))

    def _event(self, message: Message, files: list[Attachment], channel_id: Id) -> dict[str, Any]:
        author = self.desk.directory.user(message.author_id)
        incoming = message.direction is Direction.IN
        other = message.channel_id if message.channel_id != channel_id else None
        delivery = message.delivery.value if message.delivery is not Delivery.NONE else ""
        return _said(
            id=message.id,
            at=message.created_at.isoformat(),
            **{"from": _FROM.get(message.kind) or ("customer" if incoming else "agent")},
            kind="call" if message.kind is MessageKind.CALL else "",
            author=message.author_name or (author.name if author else ""),
            author_email=author.email if author else "",
            subject=message.subject,
            text=message.text,
            quoted=message.quoted,
            to=list(message.to),
            cc=list(message.cc),
            bcc=list(message.bcc),
            channel=_channel(self.desk.directory.channel(other)),
            delivery=delivery,
            delivery_detail=message.delivery_detail,
            automatic=message.automatic,
            mail_kind=message.mail_kind.value if message.mail_kind is not MailKind.PERSONAL else "",
            sender=message.sender,
            external_id=message.external_id,
            html=(self._content(message.html_blob) or b"").decode("utf-8", "replace"),
            raw=_base64(self._content(message.raw_blob)),
            attachments=[self._attachment(attachment) for attachment in files],
        )

    def _attachment(self, attachment: Attachment) -> dict[str, Any]:
        return _said(
            id=attachment.id,
            name=attachment.name,
            media_type=attachment.media_type,
            size=attachment.size,
            sha256=attachment.sha256,
            content_id=attachment.content_id,
            inline=attachment.inline,
        ) | {"content": _base64(self._content(attachment.sha256))}

    def _content(self, sha256: str | None) -> bytes | None:
        content = self.desk.blobs.read(sha256) if sha256 else None
        self.report.missing_files += sha256 is not None and content is None
        return content

    def articles(self) -> Iterator[dict[str, Any]]:
        """The articles in their newest revision."""
        for block in self.lookups.blocks(Article):
            if not self.goes_on(len(block)):
                return
            for article in block:
                yield _said(
                    type="article",
                    id=article.id,
                    title=article.title,
                    category=article.category,
                    locale=article.locale,
                    state=article.state.value,
                    url=article.url,
                    body=article.body,
                )

    def canned_responses(self) -> Iterator[dict[str, Any]]:
        """The canned responses that this user may see."""
        for block in self.lookups.blocks(CannedResponse):
            if not self.goes_on(len(block)):
                return
            for response in block:
                yield _said(
                    type="canned_response",
                    id=response.id,
                    shortcut=response.shortcut,
                    title=response.title,
                    audience=response.audience.value,
                    body=response.body,
                )


class _Folder(_Lines):
    """A folder: conversations and customers as JSON lines, articles as Markdown, canned responses as JSON."""

    format = ExportFormat.FOLDER

    def write(self, path: Path) -> None:
        self.expect(Customer, Conversation, Article, CannedResponse)
        (path / "articles").mkdir(parents=True)
        for name, records in (("customers", self.customers()), ("conversations", self.conversations())):
            with _text_file(path / f"{name}.jsonl", packed=False) as file:
                for record in records:
                    self._line(file, record)
        taken: set[str] = set()
        for article in self.articles():
            body = article.pop("body", "")
            kind = article.pop("type")
            name = _file_name(article["title"], taken)
            text = with_front_matter(article, body)
            (path / "articles" / f"{name}.md").write_text(text, encoding="utf-8", newline="\n")
            self.report.written[kind] += 1
        responses = list(self.canned_responses())
        self.report.written["canned_response"] += len(responses)
        with _text_file(path / "canned_responses.json", packed=False) as file:
            json.dump({"canned_responses": responses}, file, ensure_ascii=False, indent=1)


class _SqliteFile(_Writer):
    """Plain tables with readable values, for whatever reads SQLite."""

    format = ExportFormat.SQLITE
    others = tuple(entity for entity in ENTITIES if entity not in _IN_ALL)

    def write(self, path: Path) -> None:
        self.expect(*ENTITIES)
        with closing(sqlite3.connect(path)) as connection:
            for entity in ENTITIES:
                names = [item.name for item in fields(entity) if item.name not in ("ver", "scope")]
                columns = ", ".join(f'"{name}"{" PRIMARY KEY" if name == "id" else ""}' for name in names)
                connection.execute(f'CREATE TABLE "{entity.table}" ({columns})')
                insert = f'INSERT INTO "{entity.table}" VALUES ({", ".join("?" * len(names))})'  # noqa: S608 - names
                for block in self.lookups.blocks(entity):
                    if not self.goes_on(len(block)):
                        return
                    with connection:
                        connection.executemany(
                            insert, ([_plain(getattr(row, name)) for name in names] for row in block)
                        )
                    self.report.written[entity.table] += len(block)


@contextmanager
def _text_file(path: Path, *, packed: bool) -> Iterator[IO[str]]:
    if packed:
        with gzip.open(path, "wt", encoding="utf-8", newline="\n") as file:
            yield file
    else:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            yield file


def _said(**values: Any) -> dict[str, Any]:
    """The values that say something."""
    return {name: value for name, value in values.items() if value not in _NOT_SAID}


def _base64(content: bytes | None) -> str:
    return base64.b64encode(content).decode("ascii") if content else ""


def _file_name(title: str, taken: set[str]) -> str:
    """A name for a file on every system, not taken yet."""
    plain = clean_file_name("-".join(re.findall(r"\w+", title.lower()))[:60], "article")
    name, number = plain, 2
    while name in taken:
        name, number = f"{plain}-{number}", number + 1
    taken.add(name)
    return name


def _plain(value: Any) -> Any:
    """A value as a table shows it: times in words, lists as JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return json.dumps([_listed(item) for item in value], ensure_ascii=False)
    return value if value is None or isinstance(value, (str, int, float)) else json.dumps(_listed(value))


def _listed(value: Any) -> Any:
    return _as_dict(value) if hasattr(value, "__dataclass_fields__") else _plain(value)


def _as_dict(record: Record) -> dict[str, Any]:
    return {name: _plain(getattr(record, name)) for name in record.__dataclass_fields__}


_MakeWriter = Callable[[Desk, ExportReport, Listener, Callable[[], bool]], _Writer]
