"""Rows of a write transaction: read once, changed in memory, and written at its end, an entity in one statement."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from agent_desktop.domain.changes import Change, ChangeSet, Origin
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import E, Entity
from agent_desktop.domain.workspace import Channel, CustomRole, Team, User
from agent_desktop.store.database import Statements
from agent_desktop.store.mapping import EntityTables
from agent_desktop.store.rows import select_equal, with_images
from sync.server.many import AMONG, Among, store_all, upserting

_Images = defaultdict[type[Entity], dict[Id, Entity | None]]


class VersionedRows:
    """Rows of one transaction, stamped with its version.

    Nobody else writes while it lasts, so what was read stays true. With `at_once` each attempt is written when it ends:
    then what the database does not take belongs to it alone.
    """

    def __init__(self, statements: Statements, tables: EntityTables, version: int) -> None:
        self._statements = statements
        self._tables = tables
        self._version = version
        self._stored: _Images = defaultdict(dict)
        """Rows as they were before this transaction."""
        self._images: _Images = defaultdict(dict)
        """Rows as it leaves them, of those that it touched."""
        self._undo: list[tuple[type[Entity], Id, bool, Entity | None]] = []
        self.at_once = False
        self.moves_members = False
        """Whether who sees what may have changed."""

    @property
    def touched(self) -> bool:
        """Whether anything was put or deleted."""
        return any(self._images.values())

    def get(self, entity: type[E], row_id: Id) -> E | None:
        """The row with this id, or None."""
        images = self._images[entity]
        if row_id in images:
            return images[row_id]  # type: ignore[return-value]  # the key fixes the type
        stored = self._stored[entity]
        if row_id not in stored:
            mapping = self._tables[entity]
            found = self._statements.execute(mapping.select_sql, (row_id,)).fetchone()
            stored[row_id] = None if found is None else mapping.row(found)
        return stored[row_id]  # type: ignore[return-value]  # the key fixes the type

    def expect(self, entity: type[Entity], row_ids: Iterable[Id]) -> None:
        """Read rows that will be asked for, in one statement."""
        stored = self._stored[entity]
        wanted = [row_id for row_id in dict.fromkeys(row_ids) if row_id not in stored]
        if wanted:
            mapping = self._tables[entity]
            stored.update(dict.fromkeys(wanted))
            for values in self._statements.execute(
                f"{mapping.select_all_sql} WHERE id {AMONG}", (Among(wanted),)
            ):
                row = mapping.row(values)
                stored[row.id] = row

    def put(self, row: Entity) -> None:
        """Insert or replace the row with this transaction's version."""
        self._set(type(row), row.id, replace(row, ver=self._version))
        if isinstance(row, (User, CustomRole, Team, Channel)):
            self.moves_members = True

    def delete(self, entity: type[Entity], row_id: Id) -> None:
        """Remove the row if it is there."""
        self._set(entity, row_id, None)

    def _set(self, entity: type[Entity], row_id: Id, image: Entity | None) -> None:
        images = self._images[entity]
        self._undo.append((entity, row_id, row_id in images, images.get(row_id)))
        images[row_id] = image

    def query(self, entity: type[E], **equal: str | int | None) -> list[E]:
        """All rows whose fields equal the given values, ordered by id."""
        found = select_equal(self._statements, self._tables[entity], equal)
        images: Mapping[Id, Entity | None] = self._images[entity]
        return with_images(entity, found, images, equal) if images else found

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Take back everything that is changed inside when an exception passes."""
        self._undo.clear()
        if self.at_once:
            self._statements.execute("SAVEPOINT attempt")
        try:
            yield
            if self.at_once:
                for entity, row_id, _, _ in self._undo:
                    self._write(entity, {row_id: self._images[entity][row_id]})
                self._statements.execute("RELEASE attempt")
        except BaseException:
            for entity, row_id, was_there, image in reversed(self._undo):
                if was_there:
                    self._images[entity][row_id] = image
                else:
                    del self._images[entity][row_id]
            if self.at_once and self._statements.in_transaction:  # a full disk ends the whole transaction
                self._statements.execute("ROLLBACK TO attempt")
                self._statements.execute("RELEASE attempt")
            raise

    def write(self) -> None:
        """Write everything that was changed."""
        for entity, images in self._images.items():
            self._write(entity, images)

    def _write(self, entity: type[Entity], images: Mapping[Id, Entity | None]) -> None:
        self.expect(entity, images)  # as they were, while they are
        mapping = self._tables[entity]
        rows = [mapping.values(row) for row in images.values() if row is not None]
        store_all(self._statements, upserting(entity.table, mapping.columns, ["id"]), rows)
        gone = [row_id for row_id, row in images.items() if row is None]
        if gone:
            self._statements.execute(f"{mapping.empty_sql} WHERE id {AMONG}", (Among(gone),))

    def changes(self, origin: Origin) -> ChangeSet:
        """What `write` wrote: rows that are as they were before are left out."""
        found = []
        for entity, images in self._images.items():
            stored = self._stored[entity]
            for row_id, new in images.items():
                old = stored[row_id]
                if new != old:
                    found.append(Change(entity, row_id, old, new))
        return ChangeSet(tuple(found), origin)
