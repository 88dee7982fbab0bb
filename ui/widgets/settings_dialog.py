"""The settings, made from their table: one page per group, and one for the keys."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QSpacerItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from agent_desktop.services.settings import SETTINGS, Setting, SettingGroup
from ui.commands import CommandSet
from ui.context import UiContext
from ui.fonts import FontRole, scaled
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.own_account import OwnAccountViewModel
from ui.viewmodels.profile import ProfileViewModel
from ui.viewmodels.server import ServerViewModel
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.device_settings import DeviceSettings
from ui.widgets.dialog_size import begin_at
from ui.widgets.key_settings import KeySettings
from ui.widgets.number_field import NumberField
from ui.widgets.profile_settings import ProfileSettings
from ui.widgets.safe_text import SafeLabel
from ui.widgets.security_settings import SecuritySettings
from ui.widgets.server_settings import ServerSettings
from ui.widgets.splitters import Separator

_SIZE = QSize(760, 540)
_GROUPS_WIDTH = 140
_GAP = 6
_YOU, _SERVER, _SECURITY, _DEVICES, _KEYS = "You", "Server", "Security", "Devices", "Keyboard"


class SettingsDialog(QDialog):
    """Every change counts at once; there is nothing to confirm."""

    def __init__(
        self,
        context: UiContext,
        profile: ProfileViewModel,
        server: ServerViewModel | None,
        account: OwnAccountViewModel | None,
        commands: CommandSet,
        keys_changed: Callable[[], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        themes, desk = context.theme, context.desk
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Settings")
        begin_at(self, _SIZE)
        self._settings = desk.settings
        self._tasks = context.tasks
        side = QWidget(self)
        set_ground(side, ColorRole.SUNKEN)
        self.groups = QListWidget(side)
        set_ground(self.groups, ColorRole.SUNKEN)
        self.groups.setAccessibleName("Groups of settings")
        self.groups.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.groups.setFixedWidth(scaled(_GROUPS_WIDTH))
        self._pages = QStackedWidget(self)
        self.profile = ProfileSettings(profile, self)
        self._add_page(_YOU, self._scrolled(self.profile))
        self.server: ServerSettings | None = None
        if server is not None:
            self.server = ServerSettings(themes, server, self)
            self._add_page(_SERVER, self._scrolled(self.server))
        self.security = SecuritySettings(
            themes, desk.settings, context.tasks, desk.keys, desk.app_lock, self, account
        )
        self.security.place_wanted.connect(
            lambda: context.prompts.ask_place(
                "Save the recovery key", "agent-desktop-recovery-key.txt", self.security.save_recovery
            )
        )
        self._add_page(_SECURITY, self._scrolled(self.security))
        self.devices: DeviceSettings | None = None
        if account is not None:
            account.setParent(self)
            self.devices = DeviceSettings(themes, account, self)
            self._add_page(_DEVICES, self.devices)
        for group in SettingGroup:
            mine = [setting for setting in SETTINGS if setting.group is group]
            if group is not SettingGroup.HIDDEN and mine:
                self._add_page(group.value, self._page(group.value, mine))
        self.keys = KeySettings(themes, commands, self)
        self.keys.changed.connect(keys_changed)
        self._add_page(_KEYS, self.keys)
        self.groups.currentRowChanged.connect(self._pages.setCurrentIndex)
        self.groups.setCurrentRow(0)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, parent=self)
        buttons.rejected.connect(self.reject)
        # Enter ends the typing of a name; it does not close the settings.
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        left = QVBoxLayout(side)
        left.setContentsMargins(10, 14, 10, 14)
        left.addWidget(self.groups)
        right = QVBoxLayout()
        right.setContentsMargins(20, 18, 12, 16)
        right.setSpacing(12)
        right.addWidget(self._pages, 1)
        right.addWidget(buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(side)
        layout.addWidget(Separator(Qt.Orientation.Vertical, self))
        layout.addLayout(right, 1)

    def show_recovery_key(self) -> None:
        """Go to the page of security, and show the recovery key there."""
        self.groups.setCurrentItem(self.groups.findItems(_SECURITY, Qt.MatchFlag.MatchExactly)[0])
        self.security.show_recovery.click()
        self.security.save.setFocus()

    def editor(self, setting: Setting[Any]) -> QWidget | None:
        """The widget that changes a setting."""
        return self.findChild(QWidget, setting.name)

    def _add_page(self, title: str, page: QWidget) -> None:
        self.groups.addItem(title)
        self._pages.addWidget(page)

    def _scrolled(self, page: QWidget) -> QScrollArea:
        """A page that is scrolled where the dialog is too low for it."""
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(page)
        return area

    def _page(self, title: str, settings: list[Setting[Any]]) -> QWidget:
        content = QWidget(self)
        set_ground(content, ColorRole.SURFACE)
        form = QFormLayout(content)
        form.setContentsMargins(0, 0, 8, 0)
        form.setVerticalSpacing(8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(SafeLabel(title, FontRole.TITLE, parent=content))
        for setting in settings:
            editor = self._editor(setting, content)
            if isinstance(editor, QCheckBox):
                form.addRow(editor)
            else:
                label = SafeLabel(setting.title, parent=content)
                label.setBuddy(editor)
                form.addRow(label, editor)
            help_label = SafeLabel(
                setting.help, FontRole.SECONDARY, ColorRole.TEXT_3, wrap=True, parent=content
            )
            form.addRow(help_label)
            form.addItem(QSpacerItem(0, _GAP))
        return self._scrolled(content)

    def _editor(self, setting: Setting[Any], parent: QWidget) -> QWidget:
        value = self._settings.get(setting)
        editor: QWidget
        if setting.choices:
            editor = self._choice(setting, value, parent)
        elif isinstance(setting.default, bool):
            box = QCheckBox(setting.title, parent)
            box.setChecked(value)
            box.toggled.connect(partial(self._store, setting))
            editor = box
        else:
            spin = NumberField(parent)
            spin.setRange(setting.minimum, setting.maximum)
            spin.setSpecialValueText(setting.at_minimum)
            spin.setValue(value)
            spin.valueChanged.connect(partial(self._store, setting))
            editor = spin
        editor.setObjectName(setting.name)
        editor.setAccessibleName(setting.title)
        editor.setAccessibleDescription(setting.help)
        return editor

    def _choice(self, setting: Setting[Any], value: Any, parent: QWidget) -> QComboBox:
        combo = ChoiceBox(parent)
        for choice, words in setting.choices:
            combo.addItem(words, choice)
        combo.setCurrentIndex(max(0, combo.findData(value)))
        combo.currentIndexChanged.connect(lambda index: self._store(setting, combo.itemData(index)))
        return combo

    def _store(self, setting: Setting[Any], value: Any) -> None:
        self._tasks.write(lambda: self._settings.set(setting, value))
