"""The search screen: a query, what it finds, and opening it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.changes import ChangeSet
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.services.search import SearchResult
from ui.models.search_text import SearchFilter, switched

if TYPE_CHECKING:
    from ui.context import UiContext

_LIMIT = 200
_NOTHING = SearchResult(hits=())


class SearchViewModel(QObject):
    """Keeps query and result while other screens are shown, and the result up to date.

    Signals:
        query_changed: the query was changed by a filter or from elsewhere.
        result_changed: `result` answers `query`.
    """

    query_changed = Signal(str)
    result_changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._query = ""
        self._result = _NOTHING
        self._pending = False
        context.changes.received.connect(self._on_changes)

    @property
    def query(self) -> str:
        """What is looked for."""
        return self._query

    @property
    def result(self) -> SearchResult:
        """What was found."""
        return self._result

    @property
    def pending(self) -> bool:
        """Whether `result` does not answer `query` yet."""
        return self._pending

    def set_query(self, query: str) -> None:
        """Look for something else."""
        if query == self._query:
            return
        self._query = query
        self.query_changed.emit(query)
        if query.strip():
            self._pending = True
            self._read()
        else:
            self._context.tasks.cancel(self)
            self._take(_NOTHING)

    def switch(self, search_filter: SearchFilter) -> None:
        """Switch a filter on or off."""
        self.set_query(switched(self._query, search_filter))

    def open(self, conversation_id: Id) -> None:
        """Open a found conversation."""
        self._context.navigator.open_conversation(conversation_id)

    def _read(self) -> None:
        search, query = self._context.desk.search, self._query
        self._context.tasks.read(lambda: search.search(query, _LIMIT), self._take, key=self)

    def _take(self, result: SearchResult) -> None:
        self._pending = False
        self._result = result
        self.result_changed.emit()

    def _on_changes(self, change_set: ChangeSet) -> None:
        shown = {hit.conversation_id for hit in self._result.hits}
        if self._query.strip() and (
            change_set.bulk or any(change.id in shown for change in change_set.of(Conversation))
        ):
            self._read()
