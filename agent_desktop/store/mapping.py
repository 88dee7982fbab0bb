"""Entities to table rows and back: one mapping for replica, server and wire."""

import json
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from operator import attrgetter
from typing import Any, Generic

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.records import FieldPlan, plan_of
from agent_desktop.domain.rows import E, Entity

Convert = Callable[[Any], Any]
TOGETHER = 64
"""So many rows go into one statement where there are many. SQLite begins each anew, with every index and trigger of
its table, which takes longer than to store a row."""
_to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _encoder(plan: FieldPlan) -> Convert | None:
    encode = plan.encode
    if plan.plain_type in (list, dict):
        assert encode is not None
        inner = encode
        return lambda value: _to_json(inner(value)) if value != () else "[]"
    return int if plan.plain_type is bool and not plan.optional else encode


def _decoder(plan: FieldPlan) -> Convert | None:
    decode = plan.decode
    if plan.plain_type in (list, dict):
        assert decode is not None
        inner = decode
        return lambda text: inner(json.loads(text)) if text != "[]" else ()
    return bool if plan.plain_type is bool else decode


class EntityMapping(Generic[E]):
    """The table of one entity. `columns` are its fields in order; `pk` is local and never leaves the file."""

    def __init__(self, entity: type[E]) -> None:
        plans = plan_of(entity)
        self.entity = entity
        self.columns = tuple(plan.name for plan in plans)
        self._plain = attrgetter(*self.columns)
        encoders = [_encoder(plan) for plan in plans]
        self._encoders = [(place, encode) for place, encode in enumerate(encoders) if encode is not None]
        decoders = [(plan.name, _decoder(plan)) for plan in plans]
        self._decoders = [(name, decode) for name, decode in decoders if decode is not None]
        # Ready texts for what runs thousands of times.
        names = ", ".join(f'"{name}"' for name in self.columns)
        marks = ", ".join("?" * len(self.columns))
        changes = ", ".join(f'"{name}" = excluded."{name}"' for name in self.columns if name != "id")
        self.select_all_sql = f'SELECT {names} FROM "{entity.table}"'  # noqa: S608 - names from code
        self.select_sql = f"{self.select_all_sql} WHERE id = ?"
        self.empty_sql = f'DELETE FROM "{entity.table}"'  # noqa: S608 - names from code
        self.delete_sql = f'DELETE FROM "{entity.table}" WHERE id = ?'  # noqa: S608 - names from code
        self._into = f'INSERT INTO main."{entity.table}" ({names})'
        self._replacing = f"ON CONFLICT (id) DO UPDATE SET {changes}"
        self.insert_sql = f'INSERT INTO "{entity.table}" ({names}) VALUES ({marks})'  # noqa: S608 - names from code
        self.upsert_sql = f"{self.insert_sql} {self._replacing}"
        self.upsert_together_sql = f"{self.insert_sql}{f', ({marks})' * (TOGETHER - 1)} {self._replacing}"
        """The same for as many rows as TOGETHER says, one behind the other."""

    def values(self, row: E) -> tuple[Any, ...]:
        """The plain values of a row, in the order of `columns`."""
        values = list(self._plain(row))
        for place, encode in self._encoders:
            values[place] = encode(values[place])
        return tuple(values)

    def parameters(self, row: E) -> dict[str, Any]:
        """The plain values of a row by column."""
        return dict(zip(self.columns, self.values(row), strict=True))

    def arranged(self, columns: Sequence[str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
        """Puts plain values that have these columns into the order of ours.

        Another version of the program may know more columns or fewer: unknown ones are left out, absent ones take
        their defaults. Raises StoreError when there is no default to take.
        """
        places = {name: place for place, name in enumerate(columns)}
        absent = self._absent(columns)
        if not absent:
            order = [places[name] for name in self.columns]
            return lambda values: tuple([values[place] for place in order])
        return lambda values: tuple(
            [absent[name] if name in absent else values[places[name]] for name in self.columns]
        )

    def upsert_from(self, source: str, columns: Sequence[str]) -> tuple[str, list[Any]]:
        """A statement that puts in all rows of a table with these columns, but those with ids of a JSON array, and the
        values for its marks before that array. Raises StoreError as `arranged` does.
        """
        absent = self._absent(columns)
        values = ", ".join("?" if name in absent else f'"{name}"' for name in self.columns)
        sql = (
            f"{self._into} SELECT {values} FROM {source}"  # noqa: S608 - names from code
            f" WHERE id NOT IN (SELECT value FROM json_each(?)) {self._replacing}"
        )
        return sql, [absent[name] for name in self.columns if name in absent]

    def _absent(self, columns: Sequence[str]) -> dict[str, Any]:
        """The defaults of our columns that are not among these."""
        lacking = [name for name in self.columns if name not in columns]
        if not lacking:
            return {}
        defaults = self._defaults()
        missed = [name for name in lacking if name not in defaults]
        if missed:
            raise StoreError(
                "The server is too old for this version of Agent Desktop. Ask for its update; what you do meanwhile"
                " is kept.",
                f"{self.entity.table} lacks {', '.join(missed)}",
            )
        return {name: defaults[name] for name in lacking}

    def _defaults(self) -> dict[str, Any]:
        """The plain values of fields that have a default."""
        found: dict[str, Any] = {}
        for item in fields(self.entity):
            if item.default is not MISSING:
                found[item.name] = item.default
            elif item.default_factory is not MISSING:
                found[item.name] = item.default_factory()
        for place, encode in self._encoders:
            name = self.columns[place]
            if name in found:
                found[name] = encode(found[name])
        return found

    def row(self, values: Sequence[Any]) -> E:
        """The row of plain values in the order of `columns` (further values are ignored)."""
        plain = dict(zip(self.columns, values, strict=False))
        for name, decode in self._decoders:
            value = plain[name]
            if value is not None:
                plain[name] = decode(value)
        return self.entity(**plain)


class EntityTables:
    """The mappings of all entities, each made when it is first used."""

    def __init__(self) -> None:
        self._mappings: dict[type[Entity], EntityMapping[Any]] = {}

    def __getitem__(self, entity: type[E]) -> EntityMapping[E]:
        found = self._mappings.get(entity)
        if found is None:
            # Made twice by two threads, both are the same.
            found = self._mappings[entity] = EntityMapping(entity)
        return found

    def all(self) -> tuple[EntityMapping[Any], ...]:
        """Every mapping, in the order of ENTITIES."""
        # Few mappings are used before the first window, which need not wait for all entities to be loaded.
        from agent_desktop.domain.entities import ENTITIES

        return tuple(self[entity] for entity in ENTITIES)
