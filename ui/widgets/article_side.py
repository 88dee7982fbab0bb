"""Beside the editor of an article: how it will look, or its earlier versions."""

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.knowledge import ArticleRevision
from ui.delegates.row_look import RowShape
from ui.icon_names import IconName
from ui.models.row_look import RowLook
from ui.theme import ThemeManager
from ui.widgets.article_view import ArticleView
from ui.widgets.buttons import Button
from ui.widgets.row_list import RowList

_SHAPE = RowShape(lines=1, margin=12, padding=7, divided=True)


class Side(IntEnum):
    """What stands beside the editor."""

    PREVIEW = 0
    VERSIONS = 1


class ArticleSide(QStackedWidget):
    """Shows what it is given; rows of versions have the number of the version as their key.

    Signals:
        version_chosen: an `ArticleRevision` is to be read.
        restore_requested: an `ArticleRevision` is to become the newest.
        link_activated: a link was clicked.
    """

    version_chosen = Signal(object)
    restore_requested = Signal(object)
    link_activated = Signal(QUrl)

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._versions: tuple[ArticleRevision, ...] = ()
        look = QWidget(self)
        self.preview = ArticleView(themes, "Preview", look)
        inset = QVBoxLayout(look)
        inset.setContentsMargins(16, 4, 0, 0)
        inset.addWidget(self.preview)
        history = QWidget(self)
        self.versions = RowList(themes, "Versions", _SHAPE, parent=history)
        self.version = ArticleView(themes, "Text of the version", history)
        self.restore = Button(themes, "Restore this version", icon=IconName.UNDO, parent=history)
        self.restore.clicked.connect(self._on_restore_clicked)
        self.versions.chosen.connect(self._on_chosen)
        layout = QVBoxLayout(history)
        layout.setContentsMargins(12, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.versions, 2)
        layout.addWidget(self.version, 3)
        layout.addWidget(self.restore, 0, Qt.AlignmentFlag.AlignLeft)
        self.addWidget(look)
        self.addWidget(history)
        for view in (self.preview, self.version):
            view.link_activated.connect(self.link_activated)
        self.hide()

    def turn_to(self, side: Side | None) -> None:
        """Show one side, or nothing."""
        if side is not None:
            self.setCurrentIndex(side)
        self.setVisible(side is not None)

    def show_versions(self, versions: Sequence[ArticleRevision], rows: Sequence[RowLook]) -> None:
        """List these versions, the newest first and chosen."""
        is_new = self._versions[:1] != tuple(versions[:1])
        self._versions = tuple(versions)
        self.versions.show_rows(rows)
        if is_new or self.versions.current is None:
            self.versions.choose_first()
        self._on_chosen(self.versions.current)

    def _chosen(self) -> ArticleRevision | None:
        row = self.versions.current
        return next((version for version in self._versions if row and version.revision == row.key), None)

    def _on_chosen(self, row: RowLook | None) -> None:
        version = self._chosen()
        is_newest = bool(self._versions) and version is self._versions[0]
        self.restore.setEnabled(version is not None and not is_newest)
        if version is not None:
            self.version_chosen.emit(version)
        else:
            self.version.show_html("")

    def _on_restore_clicked(self) -> None:
        version = self._chosen()
        if version is not None:
            self.restore_requested.emit(version)
