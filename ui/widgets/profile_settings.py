"""The page of the settings for one's own name and signature."""

from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFormLayout, QLineEdit, QSpacerItem, QVBoxLayout, QWidget

from ui.fonts import FontRole
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.profile import ProfileViewModel
from ui.widgets.leaving_edit import LeavingEdit
from ui.widgets.safe_text import SafeLabel

_GAP = 6


class ProfileSettings(QWidget):
    """What is typed counts when the field, or the page, is left."""

    def __init__(self, profile: ProfileViewModel, parent: QWidget) -> None:
        super().__init__(parent)
        set_ground(self, ColorRole.SURFACE)
        self._profile = profile
        self.name = QLineEdit(profile.name, self)
        self.name.editingFinished.connect(self._save_name)
        self.signature = LeavingEdit(profile.signature, self)
        self.signature.left.connect(self._save_signature)
        self._form = QFormLayout()
        self._form.setVerticalSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.addLayout(self._form)
        layout.addStretch(1)
        self._form.addRow(SafeLabel("You", FontRole.TITLE, parent=self))
        self._add("Name", self.name, "What colleagues see, and customers above your messages.")
        self._add(
            "Signature", self.signature, "Stands below your e-mails while the setting in Writing is on."
        )

    def _add(self, title: str, field: QWidget, help_text: str) -> None:
        label = SafeLabel(title, parent=self)
        label.setBuddy(field)
        field.setAccessibleName(title)
        field.setAccessibleDescription(help_text)
        self._form.addRow(label, field)
        self._form.addRow(SafeLabel(help_text, FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=self))
        self._form.addItem(QSpacerItem(0, _GAP))

    def _save_name(self) -> None:
        if not self._profile.set_name(self.name.text()):
            self.name.setText(self._profile.name)

    def _save_signature(self) -> None:
        self._profile.set_signature(self.signature.toPlainText())

    def hideEvent(self, event: QHideEvent) -> None:
        self._save_name()
        self._save_signature()
        super().hideEvent(event)
