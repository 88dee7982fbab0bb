"""What a test of a mailbox has found so far, step by step."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QProgressBar, QVBoxLayout, QWidget

from agent_desktop.domain.mail_account import MailStep
from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.safe_text import SafeLabel

_ICON = 16


class MailSteps(QWidget):
    """A line for each step: a tick or a cross, which step, and the sentence. A bar below while the test goes on."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._shown: tuple[MailStep, ...] = ()
        self._lines = QGridLayout()
        self._lines.setHorizontalSpacing(10)
        self._lines.setVerticalSpacing(6)
        self._lines.setColumnStretch(2, 1)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName("Testing the mailbox")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(self._lines)
        layout.addWidget(self.bar)
        themes.changed.connect(self._make)
        self.show_steps((), running=False)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it says, as somebody hears it."""
        return tuple(_heard(step) for step in self._shown)

    def show_steps(self, steps: Iterable[MailStep], *, running: bool) -> None:
        """These steps are done; `running`: more are to come."""
        self.bar.setVisible(running)
        if self._shown != (new := tuple(steps)):
            self._shown = new
            self._make()
        self.setVisible(bool(self._shown) or running)

    def _make(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        ratio, icons = self.devicePixelRatioF(), self._themes.icons
        for row, step in enumerate(self._shown):
            icon, color = (
                (IconName.CHECK, ColorRole.OK) if step.worked else (IconName.CLOSE, ColorRole.DANGER)
            )
            mark = SafeLabel(parent=self)
            mark.setPixmap(icons.pixmap(icon, color, _ICON, ratio))
            mark.setAccessibleName("Worked" if step.worked else "Failed")
            name = SafeLabel(step.name, color=ColorRole.TEXT_2, parent=self)
            words = SafeLabel(
                step.sentence,
                color=ColorRole.TEXT if step.worked else ColorRole.DANGER,
                wrap=True,
                selectable=not step.worked,
                parent=self,
            )
            words.setAccessibleName(_heard(step))
            for column, label in enumerate((mark, name, words)):
                self._lines.addWidget(label, row, column, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(" ".join(self.sentences))


def _heard(step: MailStep) -> str:
    return f"{step.name}: {'worked' if step.worked else 'failed'}. {step.sentence}"
