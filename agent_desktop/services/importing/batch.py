"""Collects items and adds them in steps of bounded size; each step is one commit of whole items."""

from collections.abc import Callable, Sequence

from agent_desktop.domain.errors import SENTENCES, Reason, Rejected
from agent_desktop.domain.records import Record
from agent_desktop.services.importing.item import Item
from agent_desktop.services.importing.known import Known
from agent_desktop.services.importing.report import ImportReport

OPERATIONS = 100
BYTES = 8 * 1024 * 1024

Many = Callable[[Sequence[Record]], list[tuple[Record, Rejected]]]
"""Applies independent operations in one commit and returns those that were not possible."""


class Batch:
    """Items that wait to be added. `settle` is called after each step: it lets the server catch up."""

    def __init__(
        self, many: Many, known: Known, report: ImportReport, settle: Callable[[], None], *, dry_run: bool
    ) -> None:
        self._many = many
        self._known = known
        self._report = report
        self._settle = settle
        self._dry_run = dry_run
        self._items: list[tuple[str, Item]] = []
        self._operations = 0
        self._bytes = 0

    def add(self, source: str, item: Item) -> None:
        """Take an item in; once there are enough of them they are added."""
        self._items.append((source, item))
        self._operations += len(item.payloads)
        self._bytes += item.size
        if self._operations >= OPERATIONS or self._bytes >= BYTES:
            self.flush()

    def flush(self) -> None:
        """Add what waits."""
        items = self._items
        self._items, self._operations, self._bytes = [], 0, 0
        payloads = [payload for _, item in items for payload in item.payloads]
        refused: dict[int, Rejected] = {}
        if payloads and not self._dry_run:
            refused = {id(payload): verdict for payload, verdict in self._many(payloads)}
            self._known.arrived()
            self._settle()
        for source, item in items:
            self._count(source, item, refused)

    def _count(self, source: str, item: Item, refused: dict[int, Rejected]) -> None:
        for sentence in item.problems:
            self._report.skip(source, item.position, sentence)
        verdict = refused.get(id(item.payloads[-1])) if item.payloads else None
        if verdict is None or verdict.reason is Reason.EXISTS:
            self._report.added += item.added
            self._report.already_there += item.already_there
        else:
            self._report.skip(source, item.position, SENTENCES[verdict.reason])
