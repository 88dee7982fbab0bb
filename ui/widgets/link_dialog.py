"""Shows a link once, to be copied."""

from PySide6.QtWidgets import QLineEdit, QWidget

from ui.clipboard import copy_secret
from ui.icon_names import IconName
from ui.theme import ThemeManager
from ui.widgets.buttons import Button
from ui.widgets.form_dialog import FormDialog


class LinkDialog(FormDialog):
    """A sentence, the link, and a button that copies it."""

    def __init__(
        self, themes: ThemeManager, title: str, words: str, link: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(themes, title, lambda: "", lambda: None, "Done", parent)
        self.add_words(words)
        self.link = QLineEdit(link, self)
        self.link.setReadOnly(True)
        self.link.setCursorPosition(0)
        self.add("Link", self.link)
        self.copy = Button(themes, "Copy link", icon=IconName.COPY, parent=self)
        self.copy.clicked.connect(self._copy)
        self.add_button(self.copy)

    def _copy(self) -> None:
        copy_secret(self.link.text())
        self.problem.setText("")
        self.copy.setText("Copied")
