"""Imports files and folders: reads, adds in bounded steps, and can be broken off and started again at any time."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent_desktop.context import Desk
from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.knowledge import Audience
from agent_desktop.domain.operations.merging import MergeConversations
from agent_desktop.services.html.keeping import HtmlKeeper
from agent_desktop.services.importing.batch import Batch
from agent_desktop.services.importing.columns import rows_of
from agent_desktop.services.importing.conversations import ConversationReader
from agent_desktop.services.importing.customers import Contact, contact_of_record, contact_of_row, resolve
from agent_desktop.services.importing.item import Item, PutBlob
from agent_desktop.services.importing.known import Known
from agent_desktop.services.importing.mails import MailReader
from agent_desktop.services.importing.mbox import LARGEST_MAIL, RawMail, mails_of_mbox
from agent_desktop.services.importing.places import Places
from agent_desktop.services.importing.progress import (
    ADDING,
    READING,
    READING_SHARE,
    Listener,
    ProgressMeter,
)
from agent_desktop.services.importing.reading import LARGEST_DOCUMENT, SourceFile, decoded, opened
from agent_desktop.services.importing.records import Json, RecordKind, kind_of_record, records_of
from agent_desktop.services.importing.report import ImportReport, ItemKind
from agent_desktop.services.importing.sources import Source, SourceKind, mails_of_maildir, plan
from agent_desktop.services.importing.texts import article_of_markdown, article_of_record, canned_of_record
from agent_desktop.services.mail.worker import MailParser
from agent_desktop.store.lookups import Lookups

LARGEST_TABLE = 4 * LARGEST_DOCUMENT
_MAIL_KINDS = (SourceKind.MAIL, SourceKind.MBOX, SourceKind.MAILDIR)
_NOTHING_OF_OURS = "This is nothing that can be imported."
_NOT_PART_OF = "The conversation that it was part of is not here, so it came in as one of its own."


class Importer:
    """Imports into an open profile. `settle` lets the server catch up where nothing runs in the background."""

    def __init__(self, desk: Desk, settle: Callable[[], None] = lambda: None) -> None:
        self._desk = desk
        self._settle = settle

    def run(
        self,
        paths: list[Path],
        *,
        dry_run: bool = False,
        progress: Listener = lambda progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> ImportReport:
        """Import everything in these files and folders that is not there yet.

        What cannot be read is listed in the report; importing the same again adds nothing. Raises InputError when
        a path does not exist or holds nothing that can be imported, StoreError when the disk fails; then what was
        added until then is kept, and the next run goes on from there.
        """
        found = plan(paths)
        report = ImportReport(dry_run=dry_run)
        for item in found.skipped:
            report.skip(item.source, item.position, item.sentence)
        if not found.sources:
            if len(report.skipped) == 1:
                raise InputError(f"{report.skipped[0].source}: {report.skipped[0].sentence}")
            raise InputError("There is nothing that can be imported.")
        put_blob = _only_hash if dry_run else self._desk.blobs.take
        with closing(MailParser()) as parser, closing(HtmlKeeper(put_blob)) as html:
            reading = _Reading(parser, html, put_blob)
            _Run(self._desk, self._settle, reading, report, found.sources, progress, cancelled).run()
        return report


@dataclass(frozen=True, slots=True)
class _Reading:
    """What reads and keeps the parts of messages."""

    parser: MailParser
    html: HtmlKeeper
    put_blob: PutBlob


class _Run:
    """One import from beginning to end."""

    def __init__(
        self,
        desk: Desk,
        settle: Callable[[], None],
        reading: _Reading,
        report: ImportReport,
        sources: list[Source],
        progress: Listener,
        cancelled: Callable[[], bool],
    ) -> None:
        known, places, now = (
            Known(Lookups(desk.replica.database, desk.replica.schema)),
            Places(desk.directory),
            desk.clock.now(),
        )
        html, put_blob = reading.html, reading.put_blob
        self._known = known
        self._mails = MailReader(known, places, reading.parser, html, put_blob, now)
        self._conversations = ConversationReader(known, places, html, put_blob, now)
        self._owners = {Audience.WORKSPACE: None, Audience.PERSONAL: desk.user_id}
        self._batch = Batch(desk.apply.many, known, report, settle, dry_run=report.dry_run)
        self._merges: list[tuple[str, str, MergeConversations]] = []
        self._report = report
        self._sources = sources
        self._cancelled = cancelled
        self._mailboxes = [source for source in sources if source.kind in _MAIL_KINDS or _holds_mails(source)]
        read_first = sum(source.size for source in self._mailboxes) // READING_SHARE
        total = sum(source.size for source in sources) + read_first
        self._meter = ProgressMeter(progress, report, total)

    def run(self) -> None:
        """Look through mails to know which belong together, then add everything."""
        for source in self._mailboxes:
            self._look_through(source)
        for source in self._sources:
            if self._stopped():
                break
            try:
                self._add(source)
            except InputError as error:
                self._report.skip(source.name, "", error.sentence)
            self._batch.flush()
            self._meter.source_done(source.name, ADDING, source.size)
        self._batch.flush()
        self._merge()

    def _merge(self) -> None:
        """Make conversations part of those that they were part of, now that all are here that come."""
        for name, position, merge in self._merges:
            if not self._known.has(Conversation, merge.conversation_id):
                continue  # it was left out, which is said
            if self._known.has(Conversation, merge.into_id):
                self._batch.add(name, Item(position, payloads=(merge,)))
            else:
                self._report.skip(name, position, _NOT_PART_OF)
        self._batch.flush()

    def _stopped(self) -> bool:
        if not self._report.cancelled and self._cancelled():
            self._report.cancelled = True
        return self._report.cancelled

    def _look_through(self, source: Source) -> None:
        try:
            for _, mail, read, received_at in _raw_mails(source):
                if self._stopped():
                    return
                if mail.content is not None:
                    self._mails.note(mail.content, mail.received_at or received_at)
                self._meter.tell(source.name, READING, read)
        except InputError:
            pass  # it is said when the source is read again to add what is in it
        self._meter.source_done(source.name, READING, source.size)

    def _add(self, source: Source) -> None:
        for position, read, make in self._makers(source):
            if self._stopped():
                return
            try:
                item = make()
                self._batch.add(source.name, item)
                if item.merge is not None:
                    self._merges.append((source.name, item.position, item.merge))
            except InputError as error:
                self._report.skip(source.name, position, error.sentence)
            self._meter.tell(source.name, ADDING, read)

    def _makers(self, source: Source) -> Iterator[tuple[str, int, Callable[[], Item]]]:
        """For each thing in a source: where it is, how much was read, and what makes an item of it."""
        if source.kind in _MAIL_KINDS:
            for position, mail, read, received_at in _raw_mails(source):
                yield position, read, _later(self._mail, mail, received_at, position)
        elif source.kind is SourceKind.RECORDS:
            file_time = _time_of_file(source.path)
            with opened(source.path) as file:
                for found in records_of(file):
                    if found.record is None:
                        self._report.skip(source.name, found.position, found.problem)
                    else:
                        make = _later(self._record, found.record, found.position, file_time)
                        yield found.position, file.position, make
        elif source.kind is SourceKind.CUSTOMERS:
            yield from self._customers(source)
        else:
            with opened(source.path) as file:
                text = decoded(file.whole(LARGEST_DOCUMENT))
            yield "", source.size, _later(self._article, text, source)

    def _mail(self, mail: RawMail, received_at: datetime, position: str) -> Item:
        if mail.content is None:
            raise InputError("The mail is larger than 64 MB and was left out.")
        if not mail.content.strip():
            raise InputError("The mail is empty.")
        return self._mails.item(mail.content, mail.received_at or received_at, position)

    def _record(self, record: Json, position: str, file_time: datetime) -> Item:
        kind = kind_of_record(record)
        if kind is RecordKind.CONVERSATION:
            return self._conversations.item(record, position, file_time)
        if kind is RecordKind.MAIL:
            return self._mail(RawMail(_mail_of_record(record)), file_time, position)
        if kind is RecordKind.ARTICLE:
            return article_of_record(record, position, self._known)
        if kind is RecordKind.CANNED_RESPONSE:
            return canned_of_record(record, position, self._known, self._owners)
        contact = contact_of_record(record, f"record {position}") if kind is RecordKind.CUSTOMER else None
        if contact is None:
            raise InputError(_NOTHING_OF_OURS)
        return self._customer(contact, position)

    def _customers(self, source: Source) -> Iterator[tuple[str, int, Callable[[], Item]]]:
        with opened(source.path) as file:
            text = decoded(file.whole(LARGEST_TABLE))
        lines = text.count("\n") + 1
        for line, row in rows_of(text):
            position = f"line {line}"
            if isinstance(row, str):
                self._report.skip(source.name, position, row)
                continue
            contact = contact_of_row(
                row, "row " + "\x1f".join(f"{name}={cell}" for name, cell in row.items())
            )
            if contact is None:
                self._report.skip(source.name, position, "The line has neither a name nor an address.")
                continue
            yield position, source.size * line // lines, _later(self._customer, contact, position)

    def _customer(self, contact: Contact, position: str) -> Item:
        who = resolve(contact, self._known)
        count = Counter({ItemKind.CUSTOMER: 1})
        if who.is_new:
            return Item(position, payloads=who.payloads, added=count)
        return Item(position, payloads=who.payloads, already_there=count)

    def _article(self, text: str, source: Source) -> Item:
        folder = source.path.parent.name
        category = folder if "/" in source.name else ""
        return article_of_markdown(text, source.path.name, folder, category, self._known)


def _later(function: Callable[..., Item], *arguments: object) -> Callable[[], Item]:
    return lambda: function(*arguments)


def _only_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _time_of_file(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return EPOCH


def _mail_of_record(record: Json) -> bytes:
    """The bytes of a mail that lies in a record as text, one letter for each byte."""
    raw = str(record["raw"])
    try:
        return raw.encode("latin-1")
    except UnicodeEncodeError:
        return raw.encode("utf-8", "replace")


def _holds_mails(source: Source) -> bool:
    """Whether records begin with a mail: then they are looked through first, like mailboxes."""
    if source.kind is not SourceKind.RECORDS:
        return False
    try:
        with opened(source.path) as file:
            first = next(records_of(file), None)
    except InputError:
        return False
    return first is not None and kind_of_record(first.record) is RecordKind.MAIL


def _raw_mails(source: Source) -> Iterator[tuple[str, RawMail, int, datetime]]:
    """The mails of a source: where each is, its bytes, how much was read, and a time if it has none of its own."""
    if source.kind is SourceKind.MAILDIR:
        read = 0
        for path in mails_of_maildir(source.path):
            mail = _mail_file(path)
            read += len(mail.content or b"")
            yield path.name, mail, read, _time_of_file(path)
        return
    file_time = _time_of_file(source.path)
    if source.kind is SourceKind.MAIL:
        yield "", _mail_file(source.path), source.size, file_time
        return
    with opened(source.path) as file:
        if source.kind is SourceKind.MBOX:
            for number, mail in enumerate(mails_of_mbox(file), 1):
                yield f"mail {number}", mail, file.position, file_time
        else:
            yield from _mails_of_records(file, file_time)


def _mails_of_records(file: SourceFile, file_time: datetime) -> Iterator[tuple[str, RawMail, int, datetime]]:
    for found in records_of(file):
        if found.record is not None and kind_of_record(found.record) is RecordKind.MAIL:
            yield found.position, RawMail(_mail_of_record(found.record)), file.position, file_time


def _mail_file(path: Path) -> RawMail:
    with opened(path) as file:
        try:
            return RawMail(file.whole(LARGEST_MAIL))
        except InputError:
            if path.stat().st_size > LARGEST_MAIL:
                return RawMail(None)
            raise
