"""An import or export on its way: in the background, with progress, and stopped when asked to."""

from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from agent_desktop.services.exporting import Exporter, ExportProgress, ExportReport
from agent_desktop.services.importing import Importer, ImportReport, Progress
from ui.models.row_look import RowLook
from ui.models.transfer_text import (
    export_progress,
    export_result,
    import_progress,
    import_result,
    skipped_looks,
)
from ui.relay import Relay
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext

Report = TypeVar("Report", ImportReport, ExportReport)


class TransferViewModel(QObject):
    """Runs one import or export. Others go on working meanwhile: it takes a reader and writes in short steps.

    Signals:
        progressed: words, and the share that is done (0 to 1).
        finished: what was done in words, and rows of what was left out.
    """

    progressed = Signal(str, float)
    finished = Signal(str, object)

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._cancelled = Event()
        self._running = False
        self._relay = Relay(self)
        self._relay.received.connect(self._on_progress)

    @property
    def running(self) -> bool:
        """Whether it is still on its way."""
        return self._running

    def start_import(self, paths: tuple[Path, ...]) -> None:
        """Bring in what these files hold and what is not there yet."""
        importer, send = Importer(self._context.desk), self._relay.send
        self._start(
            lambda: importer.run(list(paths), progress=send, cancelled=self._stopped), self._on_imported
        )

    def start_export(self, path: Path) -> None:
        """Write everything on this device to a new file; its ending tells the format."""
        exporter, send = Exporter(self._context.desk), self._relay.send
        self._start(lambda: exporter.run(path, progress=send, cancelled=self._stopped), self._on_exported)

    def cancel(self) -> None:
        """Stop at the next step. What was imported until then stays; a half export is removed."""
        self._cancelled.set()

    def _stopped(self) -> bool:
        return self._cancelled.is_set() or self._context.tasks.closed

    def _start(self, work: Callable[[], Report], then: Callable[[Report], None]) -> None:
        self._running = True
        self._context.tasks.read(work, then, self._on_failed)

    def _on_progress(self, progress: Progress | ExportProgress) -> None:
        if isinstance(progress, Progress):
            self.progressed.emit(*import_progress(progress))
        else:
            self.progressed.emit(*export_progress(progress))

    def _on_imported(self, report: ImportReport) -> None:
        self._end(import_result(report), skipped_looks(report))

    def _on_exported(self, report: ExportReport) -> None:
        self._end(export_result(report))

    def _on_failed(self, problem: Problem) -> None:
        self._end(sentence_of(problem))

    def _end(self, words: str, rows: tuple[RowLook, ...] = ()) -> None:
        self._running = False
        self._relay.close()
        self.finished.emit(words, rows)
