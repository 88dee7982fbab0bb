"""What a computer has of a customer beside the rows, taken away after they were erased on request, or left its sight.

The rows come from the server as all rows do. Left are drafts, what the journal of this computer's own operations still
says, words in the full-text indexes, files, and pages of the databases that are free.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from agent_desktop.domain.erasing import draft_names_any, names_any
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.draft import SHARE_DRAFT
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.client import ClientFiles
from agent_desktop.store.draft_people import with_customers
from agent_desktop.store.drafts import Draft, DraftKind, Drafts
from agent_desktop.store.index_parts import merge
from agent_desktop.store.outbox import LEAVING
from agent_desktop.store.remote_pictures import RemotePictureNotes
from agent_desktop.store.rows import SqlRows
from agent_desktop.store.settings import SettingStore
from agent_desktop.store.small_text import INDEXES

_ERASED = "SELECT id FROM customer WHERE erased_at IS NOT NULL"
_IN_HAND = "files.in_hand"
"""The setting that says that files were left which nothing named, for they had just been taken along."""
_DONE = "erasures.done"
"""The setting that says of whom nothing is left here."""
_ACK = "SELECT coalesce((SELECT value FROM replica_state WHERE name = 'ack'), 0)"
_SCAN = "SELECT value FROM replica_state WHERE name = 'scan'"
_SHA256 = re.compile("[0-9a-f]{64}")
_BEGINNING = (DraftKind.NEW, DraftKind.NEW_BEFORE)
_MERGED = 200
"""Pages of an index that are merged in one step."""


class Purger:
    """Takes away what is left of erased customers. With `blobs` it also removes files that nothing names any more.

    `pictures` is where pictures lie that were fetched for messages, if that is not among `blobs`.
    """

    def __init__(
        self, files: ClientFiles, blobs: BlobStore | None = None, pictures: BlobStore | None = None
    ) -> None:
        self._work, self._replica = files.work, files.replica
        self._schema = files.replica_schema
        self._drafts = Drafts(files.work)
        self._blobs = blobs
        self._pictures = pictures

    def run(self) -> bool:
        """Take away what is left of everybody who was erased since the last time, and of what this user no longer sees;
        whether there was something.
        """
        self._note_customers()
        self._release_files()
        settings = SettingStore(self._work)
        erased = {row[0] for row in self._replica.query(_ERASED)}
        new = erased - set(json.loads(settings.get(_DONE) or "[]")) if erased else erased
        if new:
            self._forget_people(new)
            self._clean()
            settings.set(_DONE, json.dumps(sorted(erased)))
        elif self._is_to_clean(settings) and self._is_whole():
            RemotePictureNotes(self._replica).forget_gone()
            self._clean()
            settings.set(LEAVING, False)
        else:
            return False
        for database in (self._work, self._replica):
            database.forget_deleted()
        return True

    def _is_to_clean(self, settings: SettingStore) -> bool:
        holds = self._blobs is not None and self._blobs.holds
        return bool(settings.get(LEAVING) or (settings.get(_IN_HAND) and not holds))

    def _is_whole(self) -> bool:
        """Whether everything that this user sees is here: until then files are named by what is yet to come."""
        return self._replica.query(_SCAN) in ([], [("null",)])

    def _forget_people(self, customers: set[Id]) -> None:
        named = self._named(sorted(customers))
        self._forget(named)
        pictures = RemotePictureNotes(self._replica).forget(named)
        if self._pictures is not None:
            for sha256 in pictures:
                self._pictures.remove(sha256)

    def _clean(self) -> None:
        """Words that were deleted go from the indexes, and files that nothing names."""
        for index in ("message_text", *(index.name for index in INDEXES)):
            self._merge(index)
        if self._blobs is not None:
            self._sweep(self._blobs)

    def _note_customers(self) -> None:
        """Have drafts that begin conversations say who has their addresses: once somebody is erased, nobody knows."""
        for draft in (draft for kind in _BEGINNING for draft in self._drafts.of_kind(kind)):
            if self._with_customers(draft) == draft:
                continue
            with self._drafts.together():  # it may have been written on since
                again = self._drafts.get(draft.conversation_id, draft.kind)
                if again is not None:
                    self._drafts.save(self._with_customers(again))

    def _with_customers(self, draft: Draft) -> Draft:
        with self._replica.read() as connection:
            return with_customers(SqlRows(connection, self._schema.tables), draft)

    def _named(self, customers: list[Id]) -> set[Id]:
        """By these ids anything tells of these customers."""
        given = json.dumps(customers)
        conversations = self._replica.query(
            "SELECT id FROM conversation WHERE customer_id IN (SELECT value FROM json_each(?))", (given,)
        )
        messages = self._replica.query(
            "SELECT m.id FROM conversation c JOIN message m ON m.conversation_id = c.id"
            " WHERE c.customer_id IN (SELECT value FROM json_each(?))"
            " UNION SELECT id FROM message WHERE author_id IN (SELECT value FROM json_each(?))",
            (given, given),
        )
        return {*customers, *(row[0] for row in (*conversations, *messages))}

    def _forget(self, named: set[Id]) -> None:
        """Drafts go, and what the server has of this computer's operations; what it does not have yet it will judge."""
        ack = int(self._replica.query(_ACK)[0][0])
        with self._work.write() as connection:
            drafts = connection.execute("SELECT conversation_id, kind, content FROM draft").fetchall()
            for conversation_id, kind, content in drafts:
                begins = kind in _BEGINNING
                if conversation_id in named or (begins and draft_names_any(content, named)):
                    connection.execute("DELETE FROM draft WHERE conversation_id = ?", (conversation_id,))
            done = connection.execute(
                "SELECT position, kind, payload FROM outbox WHERE number <= ?", (ack,)
            ).fetchall()
            for position, kind, payload in done:
                # A draft may name somebody by an address alone, of which nobody knows any more whose it was.
                if kind == SHARE_DRAFT.name or names_any(payload, named):
                    connection.execute("DELETE FROM outbox WHERE position = ?", (position,))

    def _merge(self, index: str) -> None:
        """Write an index anew, a piece at a time: words that were deleted stand in it until then."""
        more = begins = True
        while more:
            with self._replica.write() as connection:
                more = merge(connection, index, _MERGED, begins=begins)
            begins = False

    def _sweep(self, blobs: BlobStore) -> None:
        """Remove files that nothing here names: those of the erased, and others that can be fetched again."""
        kept = {blobs.path(sha256) for sha256 in self._files()}
        unnamed = [path for path in blobs.all_paths() if path not in kept]
        left = [path for path in unnamed if not blobs.clear_away(path)]
        SettingStore(self._work).set(_IN_HAND, bool(left))

    def _release_files(self) -> None:
        """What drafts name by now is theirs: it goes when they are erased whom it is for."""
        if self._blobs is not None and self._blobs.holds:
            drafts = self._work.query("SELECT content FROM draft")
            self._blobs.release(sha256 for (content,) in drafts for sha256 in _hashes(json.loads(content)))

    def _files(self) -> Iterator[str]:
        """The SHA-256 of every file that is named here."""
        for sql in (
            "SELECT DISTINCT sha256 FROM attachment",
            "SELECT DISTINCT html_blob FROM message WHERE html_blob IS NOT NULL",
            "SELECT DISTINCT raw_blob FROM message WHERE raw_blob IS NOT NULL",
            "SELECT sha256 FROM remote_picture",
        ):
            for rows in self._replica.chunks(sql):
                yield from (row[0] for row in rows)
        texts = [*self._replica.query("SELECT files FROM canned_response")]
        for sql in ("SELECT content FROM draft", "SELECT payload FROM outbox"):
            texts += self._work.query(sql)
        for (text,) in texts:
            yield from _hashes(json.loads(text))


def _hashes(plain: Any) -> Iterator[str]:
    """Every SHA-256 that stands in plain JSON."""
    waiting = [plain]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            if _SHA256.fullmatch(value):
                yield value
        elif isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
