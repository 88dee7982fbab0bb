"""What the pages of a pull say, read apart from the program, which takes all of them in one commit, or none."""

from collections.abc import Sequence

from agent_desktop.domain.ids import Id
from sync.protocol.messages import PullAnswer
from tests.fakes import DictRows

Key = tuple[str, Id]


def with_page(pages: Sequence[PullAnswer], page: PullAnswer) -> list[PullAnswer]:
    """The pages of a pull with one more; one that begins once more has broken off the one before."""
    goes_on = bool(pages) and (pages[-1].epoch, pages[-1].upto) == (page.epoch, page.since)
    return [*pages, page] if goes_on else [page]


def going(pages: Sequence[PullAnswer], before: DictRows) -> tuple[set[Key], set[Key]]:
    """Of the rows of before those that may go by these pages, and of these those that have to.

    May: what they removed in the end, and what they took away with its scope, wherever a page had put it. Has to: all
    of that but what was given again.
    """
    lost = {scope for page in pages for scope in page.lost}
    given: dict[Key, str] = {}
    removed: set[Key] = set()
    for page in pages:
        gone = {key for key, scope in given.items() if scope in page.lost}
        gone |= {(table, row_id) for table, ids in page.removed.items() for row_id in ids}
        given = {key: scope for key, scope in given.items() if key not in gone} | _given(page)
        removed = (removed | gone) - given.keys()
    may = removed | {(row.table, row.id) for row in before if row.scope in lost}
    return may, may - given.keys()


def _given(page: PullAnswer) -> dict[Key, str]:
    """The scopes of the rows on a page."""
    scopes: dict[Key, str] = {}
    for name, table in page.tables.items():
        row_id, scope = table.columns.index("id"), table.columns.index("scope")
        scopes |= {(name, row[row_id]): row[scope] for row in table.rows}
    return scopes
