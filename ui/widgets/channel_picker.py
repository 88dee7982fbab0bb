"""Where a reply goes: the channel, the address there, and how long or until when the customer can be answered."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QSizePolicy, QWidget

from agent_desktop.services.composer import ChannelChoice
from ui.fonts import FontRole
from ui.models.channel_icons import CHANNEL_ICONS
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.viewmodels.composer import ComposerViewModel
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.cover import Cover
from ui.widgets.safe_text import SafeLabel


class ChannelPicker(QWidget):
    """Shows and changes the channel of a `ComposerViewModel`."""

    people_wanted = Signal()
    """The recipients are to be shown and changed."""

    def __init__(
        self, themes: ThemeManager, composer: ComposerViewModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._themes = themes
        self._composer = composer
        self._open = False
        self._via = SafeLabel("via", FontRole.SECONDARY, ColorRole.TEXT_3, parent=self)
        self._channel = Button(themes, "", ButtonKind.GHOST, compact=True, parent=self)
        self._channel.setAccessibleName("Channel")
        self._to = SafeLabel("", FontRole.SECONDARY, ColorRole.TEXT_3, elide=True, parent=self)
        self._to.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._people = Button(themes, "Cc", ButtonKind.LINK, parent=self)
        self._people.setAccessibleName("Change recipients: To, Cc and Bcc")
        self._people.setToolTip("Change recipients: To, Cc and Bcc")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._via)
        layout.addWidget(self._channel)
        layout.addWidget(self._to)
        layout.addWidget(self._people)
        kept = self._channel.sizePolicy()
        kept.setRetainSizeWhenHidden(True)  # what is around it would move where there is no channel
        self._channel.setSizePolicy(kept)
        self._cover = Cover(themes, ColorRole.RAISED, self)
        self._channel.clicked.connect(self.open_menu)
        self._people.clicked.connect(self._ask_people)
        composer.blanked.connect(self.refresh)
        composer.opened.connect(self.refresh)
        composer.reach_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is chosen now, and nothing until that is known: what was chosen before then stays covered."""
        if not self._composer.knows_reach:
            self._cover.cover(self.rect())
            return
        choice = self._composer.channel
        nowhere = choice is None
        self._via.setVisible(not nowhere)
        self._channel.setVisible(not nowhere)
        self._people.setVisible(self._composer.carries_mail and not self._open)
        if choice is None:
            self._to.setText("No channel reaches this customer in writing")
        else:
            self._show_channel(choice.channel.name)
            to = "" if self._open else ", ".join(self._composer.to)
            self._to.setText(f"to {to}" if to else "")
        self._cover.lift()

    def _show_channel(self, name: str) -> None:
        words = f"{name} ▾".replace("&", "&&")
        if words != self._channel.text():
            self._channel.setText(words)
            self._channel.setAccessibleName(f"Channel: {name}. Choose another")

    def open_menu(self) -> None:
        """Offer every address on every channel that reaches this customer."""
        if not self._composer.channels:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        now = (self._composer.channel, self._composer.to)
        for choice in self._composer.channels:
            addresses: list[tuple[str, ...]] = [(address,) for address in choice.to]
            for to in addresses or [()]:
                icon = self._themes.icons.icon(CHANNEL_ICONS[choice.channel.kind])
                action = menu.addAction(icon, _title(choice, to), partial(self._choose, choice, to))
                action.setCheckable(True)
                action.setChecked(now == (choice, to))
        menu.popup(self._channel.mapToGlobal(self._channel.rect().bottomLeft()))

    def set_open(self, is_open: bool) -> None:
        """Leave it to others to show the recipients, or show them here."""
        if is_open != self._open:
            self._open = is_open
            self.refresh()

    def _ask_people(self) -> None:
        if self._composer.knows_reach:
            self.people_wanted.emit()

    def _choose(self, choice: ChannelChoice, to: tuple[str, ...]) -> None:
        self._composer.choose_channel(choice.channel.id, to)

    # Overrides of Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self._cover.is_covering:
            self._cover.cover(self.rect())


def _title(choice: ChannelChoice, to: tuple[str, ...]) -> str:
    """Channel, address and limit, with the mark of mnemonics taken out of them."""
    where = f"{choice.channel.name} to {', '.join(to)}" if to else choice.channel.name
    return f"{where} (up to {choice.limits.maximum_length:,} characters)".replace("&", "&&")
