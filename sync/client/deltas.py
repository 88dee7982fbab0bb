"""From the wire to what a replica applies in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from agent_desktop.domain.scopes import SIGHT_TABLES
from agent_desktop.store.replica import Delta
from agent_desktop.store.row_file import RowsByTable
from sync.client.scan_place import SCANNED, ScanPlace
from sync.protocol.messages import PullAnswer, ScanAnswer, StreamedDelta, TableRows


def rows_on(page: PullAnswer) -> int:
    """How many rows a page changes or removes."""
    return sum(len(table.rows) for table in page.tables.values()) + sum(map(len, page.removed.values()))


def rows_of(tables: dict[str, TableRows]) -> RowsByTable:
    """By table: column names and rows."""
    return {name: (table.columns, table.rows) for name, table in tables.items()}


def may_change_sight(event: StreamedDelta) -> bool:
    """Whether a stream tells of something by which this user may see more or less: only a pull says what."""
    return not SIGHT_TABLES.isdisjoint((*event.tables, *event.removed))


def delta_of_stream(event: StreamedDelta, ack: int) -> Delta:
    """What a stream sent."""
    return Delta(
        epoch=event.epoch, cursor=event.upto, ack=ack, rows=rows_of(event.tables), removed=event.removed
    )


def delta_of_scan(page: ScanAnswer, cursor: int, ack: int, place: ScanPlace) -> Delta:
    """A page of a scan that stands at this place, for a replica that stands at this cursor.

    The ack stays: rows that were changed since come with the pull behind the scan, and only then nothing is missing.
    """
    done = place.done + page.count
    place = replace(place, upto=page.upto, after=page.next, done=done, total=max(done, page.total))
    return Delta(
        epoch=page.epoch,
        cursor=max(page.upto, cursor),
        ack=ack,
        rows=rows_of(page.tables),
        row_file=page.row_file,
        scan=SCANNED if page.next is None else place.text(),
    )


def are_alike(pages: list[PullAnswer]) -> bool:
    """Whether each table has the same columns on all pages: the server may have been upgraded between two."""
    columns: dict[str, list[str]] = {}
    return all(
        columns.setdefault(name, table.columns) == table.columns
        for page in pages
        for name, table in page.tables.items()
    )


def delta_of_pages(pages: list[PullAnswer]) -> Delta:
    """All pages, which are alike, as one delta, for they are applied up to head in one transaction.

    A later page overrides an earlier one, so rows are put in the order of the pages and a row that was removed
    later is not put at all. Nor is one of a scope that was lost after its page: it goes, wherever it was before.
    """
    rows: dict[str, tuple[list[str], dict[str, Sequence[Any]]]] = {}
    removed: dict[str, set[str]] = {}
    for page in pages:
        for name, (columns, kept) in rows.items():
            place = columns.index("scope")
            gone = [row_id for row_id, row in kept.items() if row[place] in page.lost]
            for row_id in gone:
                del kept[row_id]
            removed.setdefault(name, set()).update(gone)
        for name, ids in page.removed.items():
            for row_id in ids:
                rows.get(name, ([], {}))[1].pop(row_id, None)
            removed.setdefault(name, set()).update(ids)
        for name, table in page.tables.items():
            _, kept = rows.setdefault(name, (table.columns, {}))
            place = table.columns.index("id")
            kept.update({row[place]: row for row in table.rows})
            removed.get(name, set()).difference_update(row[place] for row in table.rows)
    last = pages[-1]
    return Delta(
        epoch=last.epoch,
        cursor=last.upto,
        ack=last.ack,
        rows={name: (columns, list(kept.values())) for name, (columns, kept) in rows.items()},
        removed={name: sorted(ids) for name, ids in removed.items() if ids},
        lost=tuple(sorted({scope for page in pages for scope in page.lost})),
    )
