"""The page of the settings about what protects the data on this computer."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from agent_desktop.services.app_lock import AppLock
from agent_desktop.services.profile_keys import ProfileKeys, Protection
from agent_desktop.services.recovery_hint import RecoveryHint, save_privately
from agent_desktop.services.settings import LOCK_AFTER, SettingsService
from ui.clipboard import copy_secret
from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.styling import set_ground
from ui.tasks import Problem, Tasks, sentence_of
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.own_account import OwnAccountViewModel
from ui.widgets.buttons import Button
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.password_dialog import PasswordDialog
from ui.widgets.safe_text import SafeLabel

_WORDS = {
    Protection.KEYCHAIN: "Encrypted. The key is in the keychain of this computer.",
    Protection.PASSPHRASE: "Encrypted. The passphrase is asked for at each start.",
    Protection.NONE: "Not encrypted: whoever gets at this computer's disk can read everything.",
}
_DEMO = "The demo is not encrypted: nobody in it is real."
_RECOVERY = (
    "Write the recovery key down and keep it away from this computer. With it the data can be read when the keychain or"
    " the passphrase is lost."
)
_RENEW = (
    "For when the recovery key may be in other hands. Everything is written anew at the next start, which may take"
    " minutes; the recovery key is another one then."
)
_OF_SERVER = "The one with which you sign in at the server of your team."
_CODE = "Asked for when the program was locked. Without one, your password of the server is."


class SecuritySettings(QWidget):
    """How the key is kept, the recovery key, and the lock."""

    said = Signal(str)
    """Something was done, and what."""
    place_wanted = Signal()
    """The recovery key is to go into a file: which?"""

    def __init__(
        self,
        themes: ThemeManager,
        settings: SettingsService,
        tasks: Tasks,
        keys: ProfileKeys | None,
        lock: AppLock,
        parent: QWidget,
        account: OwnAccountViewModel | None = None,
    ) -> None:
        super().__init__(parent)
        self._settings, self._tasks, self._keys, self._lock = settings, tasks, keys, lock
        self._hint = RecoveryHint(settings, keys)
        set_ground(self, ColorRole.SURFACE)
        self.state = SafeLabel("", wrap=True, parent=self)
        self.problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self.problem.hide()
        self.recovery = SafeLabel("", wrap=True, selectable=True, parent=self)
        self.recovery.hide()
        self.show_recovery = Button(themes, "Show the recovery key", parent=self)
        self.show_recovery.clicked.connect(self._show_recovery)
        self.copy = Button(themes, "Copy", icon=IconName.COPY, parent=self)
        self.copy.setAccessibleName("Copy the recovery key")
        self.copy.clicked.connect(self._copy_recovery)
        self.save = Button(themes, "Save as a file…", icon=IconName.DOWNLOAD, parent=self)
        self.save.setAccessibleName("Save the recovery key as a file")
        self.save.clicked.connect(self.place_wanted)
        self._ways = self._row(self.save, self.copy, None)
        self._ways.hide()
        self.passphrase, self.code = QLineEdit(self), QLineEdit(self)
        for field in (self.passphrase, self.code):
            field.setEchoMode(QLineEdit.EchoMode.Password)
        self.use_passphrase = Button(themes, "Use a passphrase", parent=self)
        self.use_passphrase.clicked.connect(lambda: self._keep(Protection.PASSPHRASE, self.passphrase.text()))
        self.use_keychain = Button(themes, "Use the keychain", parent=self)
        self.use_keychain.clicked.connect(lambda: self._keep(Protection.KEYCHAIN))
        self.renew = Button(themes, "Use a new key", parent=self)
        self.renew.clicked.connect(self._renew)
        self.after = ChoiceBox(self)
        for minutes, words in LOCK_AFTER.choices:
            self.after.addItem(words, minutes)
        self.after.setCurrentIndex(max(0, self.after.findData(settings.get(LOCK_AFTER))))
        self.after.currentIndexChanged.connect(self._store_after)
        self.set_code = Button(themes, "Set the code", parent=self)
        self.set_code.clicked.connect(self._set_code)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(10)
        layout.addWidget(SafeLabel("Security", FontRole.TITLE, parent=self))
        for widget in (self.state, self.problem, self.show_recovery, self.recovery, self._ways):
            layout.addWidget(widget)
        form = QFormLayout()
        form.setVerticalSpacing(8)
        self.change_password: Button | None = None
        if account is not None:
            self.change_password = Button(themes, "Change password…", parent=self)
            self.change_password.clicked.connect(
                lambda: PasswordDialog(themes, account, self.window()).open()
            )
            self._add(form, "Password", self._row(self.change_password, None), _OF_SERVER)
        self._add(form, "New passphrase", self.passphrase)
        form.addRow("", self._row(self.use_passphrase, self.use_keychain, None))
        self._add(form, "New key", self._row(self.renew, None), _RENEW)
        self._add(form, LOCK_AFTER.title, self.after, LOCK_AFTER.help)
        self._add(form, "Code", self._row(self.code, self.set_code), _CODE)
        layout.addLayout(form)
        layout.addStretch(1)
        self._refresh()

    def _row(self, *widgets: QWidget | None) -> QWidget:
        """Widgets in a row; None for room that stays free."""
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in widgets:
            if widget is None:
                row.addStretch(1)
            else:
                row.addWidget(widget)
        return holder

    def _add(self, form: QFormLayout, title: str, editor: QWidget, help_text: str = "") -> None:
        label = SafeLabel(title, parent=self)
        field = editor.findChild(QLineEdit) or editor
        label.setBuddy(field)
        field.setAccessibleName(title)
        form.addRow(label, editor)
        if help_text:
            form.addRow(SafeLabel(help_text, FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=self))

    def _refresh(self) -> None:
        protection = None if self._keys is None else self._keys.protection
        self.state.setText(_DEMO if protection is None else _WORDS[protection])
        self.state.set_color(ColorRole.DANGER if protection is Protection.NONE else ColorRole.TEXT)
        encrypted = protection in (Protection.KEYCHAIN, Protection.PASSPHRASE)
        self.show_recovery.setVisible(encrypted and not self.recovery.isVisibleTo(self))
        for widget in (self.passphrase, self.use_passphrase, self.use_keychain):
            widget.setEnabled(protection is not None)
        self.renew.setEnabled(encrypted and self._keys is not None and not self._keys.is_renewing)

    def _show_recovery(self) -> None:
        if self._keys is not None:
            self.recovery.setText(f"{self._keys.recovery_key}\n\n{_RECOVERY}")
            self.recovery.show()
            self._ways.show()
            self._refresh()
            self._tasks.write(self._hint.shown)

    def save_recovery(self, place: Path | None) -> None:
        """Write the recovery key into a file that only this user of the computer may read."""
        if self._keys is None or place is None:
            return
        text = f"{self._keys.recovery_key}\n\n{_RECOVERY}\n"
        self._do(
            lambda: save_privately(place, text), f"Saved as {place.name}. Keep it away from this computer."
        )

    def _copy_recovery(self) -> None:
        if self._keys is not None:
            copy_secret(self._keys.recovery_key)
            self.copy.setText("Copied")

    def _keep(self, protection: Protection, passphrase: str = "") -> None:
        keys = self._keys
        if keys is None:
            return
        words = "Counts from the next start; until then the way of before works, too."
        self._do(lambda: keys.decide(protection, passphrase), words)

    def _renew(self) -> None:
        if self._keys is not None:
            self._do(self._keys.renew, "The next start writes everything anew, with a new key.")

    def _set_code(self) -> None:
        code = self.code.text()
        words = "The code is asked for from now on." if code else "No code is asked for any more."
        self._do(lambda: self._lock.set_code(code), words)

    def _do(self, work: Callable[[], None], words: str) -> None:
        def done(_: object) -> None:
            self.problem.hide()
            for field in (self.passphrase, self.code):
                field.clear()
            self.said.emit(words)
            self._refresh()

        self._tasks.write(work, done, self._say)

    def _say(self, problem: Problem) -> None:
        self.problem.setText(sentence_of(problem))
        self.problem.show()

    def _store_after(self, index: int) -> None:
        minutes = self.after.itemData(index)
        self._tasks.write(lambda: self._settings.set(LOCK_AFTER, minutes))
