"""A field of addresses: each is a chip, and what is being typed is completed from who is known."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QSizePolicy, QWidget

from agent_desktop.domain.mail_address import mail_address
from ui.models.addresses import addresses_in
from ui.models.results import Result, ResultSection
from ui.paint import draw_box
from ui.styling import StyleProperty, set_style
from ui.theme import ThemeManager
from ui.tokens import ColorRole, Radius
from ui.widgets.address_chip import AddressChip
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.flow_layout import FlowLayout
from ui.widgets.popup_list import PopupList

_EDIT_WIDTH, _UNUSED_WIDTH = 60, 4
MOST_SHOWN = 6
"""So many addresses stand in a field; more would leave no room for what is answered."""
_STEERING = frozenset(
    {Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab}
)
_ENDS = frozenset({Qt.Key.Key_Comma, Qt.Key.Key_Semicolon})

Find = Callable[[str, Callable[[str, list[ResultSection]], None]], None]


class _Edit(QLineEdit):
    """As wide as what is typed in it; without the keyboard it takes no room beside the addresses."""

    def sizeHint(self) -> QSize:
        if not self.text() and not self.hasFocus():
            return QSize(_UNUSED_WIDTH, super().sizeHint().height())
        text = self.fontMetrics().horizontalAdvance(self.text() or self.placeholderText())
        return QSize(max(_EDIT_WIDTH, text + 16), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(_UNUSED_WIDTH, super().minimumSizeHint().height())


class RecipientField(QFrame):
    """Comma, semicolon, Enter, Tab and leaving the field end an address. A chip with no address is marked, and kept:
    nothing that was typed is thrown away.
    """

    changed = Signal(object)
    """The addresses, as a tuple."""

    def __init__(self, themes: ThemeManager, name: str, find: Find, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self._name = name
        self._find = find
        self._chips: list[AddressChip] = []
        self.edit = _Edit(self)
        self.edit.setAccessibleName(f"{name}: addresses. Comma or Enter ends one")
        set_style(self.edit, StyleProperty.KIND, "bare")
        self.edit.setFrame(False)
        self._rest = Button(themes, "", ButtonKind.LINK, parent=self)
        self._rest.clicked.connect(self._unfold)
        self._unfolded = False
        self._flow = FlowLayout(self, spacing=4)
        self._flow.setContentsMargins(6, 5, 6, 5)
        self._flow.addWidget(self._rest)
        self._flow.addWidget(self.edit)
        self._rest.hide()
        self.setFocusProxy(self.edit)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.list: PopupList | None = None
        self.edit.textEdited.connect(self._take_text)
        self.edit.installEventFilter(self)
        themes.changed.connect(self.update)

    # What is in it

    @property
    def addresses(self) -> tuple[str, ...]:
        """Everything in it, with what is being typed."""
        return tuple(dict.fromkeys((*self._ended, *addresses_in(self.edit.text()))))

    @property
    def _ended(self) -> tuple[str, ...]:
        return tuple(chip.address for chip in self._chips)

    @property
    def has_focus(self) -> bool:
        """Whether it, or one of its chips, has the keyboard."""
        return self.edit.hasFocus() or any(chip.hasFocus() for chip in self._chips)

    def set_addresses(self, addresses: tuple[str, ...]) -> None:
        """Show these, unless they are what stands here, typed or ended."""
        if addresses != self.addresses:
            self.edit.clear()
            self._unfolded = False
            self._make(addresses)

    def end(self) -> None:
        """Make what is being typed a chip."""
        typed = addresses_in(self.edit.text())
        if self.edit.text():
            self.edit.clear()
        self._close()
        if typed:
            self._make(tuple(dict.fromkeys((*self._ended, *typed))))
            self.changed.emit(self.addresses)

    def _make(self, addresses: tuple[str, ...]) -> None:
        while self._flow.count():
            self._flow.takeAt(0)
        for chip in self._chips:
            chip.hide()
            chip.deleteLater()
        self._chips = []
        for address in addresses:
            wrong = "" if mail_address(address) else "This is no e-mail address."
            chip = AddressChip(self._themes, address, wrong, self)
            chip.removed.connect(partial(self._remove, chip))
            chip.edited.connect(partial(self._edit_again, chip))
            chip.stepped.connect(partial(self._step, chip))
            self._chips.append(chip)
            self._flow.addWidget(chip)
        self._flow.addWidget(self._rest)
        self._flow.addWidget(self.edit)
        self._fold()

    def _fold(self) -> None:
        """Show as many as there is room for, and how many more there are."""
        shown = len(self._chips) if self._unfolded or len(self._chips) <= MOST_SHOWN + 1 else MOST_SHOWN
        for place, chip in enumerate(self._chips):
            chip.setVisible(place < shown)
        hidden = len(self._chips) - shown
        self._rest.setText(f"{hidden:,} more")
        self._rest.setAccessibleName(f"Show {hidden:,} more addresses of {self._name}")
        self._rest.setVisible(hidden > 0)
        self._flow.invalidate()
        self.updateGeometry()

    def _unfold(self) -> None:
        self._unfolded = True
        self._fold()
        self._chips[MOST_SHOWN].setFocus(Qt.FocusReason.OtherFocusReason)

    def _remove(self, chip: AddressChip) -> None:
        self._make(tuple(address for address in self._ended if address != chip.address))
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit(self.addresses)

    def _edit_again(self, chip: AddressChip) -> None:
        self.end()
        self._make(tuple(address for address in self._ended if address != chip.address))
        self.edit.setText(chip.address)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.changed.emit(self.addresses)

    def _step(self, chip: AddressChip, step: int) -> None:
        place = self._chips.index(chip) + step
        if place < len(self._chips) and self._chips[place].isHidden():
            self._unfold()
        if place < len(self._chips):
            self._chips[max(0, place)].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    # Typing and completing

    def _take_text(self, text: str) -> None:
        self._flow.invalidate()
        self.updateGeometry()
        if len(addresses_in(text)) > 1:  # several were pasted
            self.end()
            return
        self.changed.emit(self.addresses)
        self._find(text, self._offer)

    def _offer(self, typed: str, sections: list[ResultSection]) -> None:
        if typed != self.edit.text() or not self.edit.hasFocus():
            return
        present = set(self._ended)
        found = [
            ResultSection(section.title, tuple(one for one in section.results if one.value not in present))
            for section in sections
        ]
        if not any(section.results for section in found):
            self._close()
            return
        if self.list is None:
            self.list = PopupList(self._themes, f"People for {self._name}", self)
            self.list.results.chosen.connect(self._choose)
            self.list.results.completed.connect(self._choose)
        self.list.results.set_sections(found, typed)
        corner = self.edit.mapToGlobal(self.edit.rect().topLeft())
        self.list.show_at(QRect(corner, self.edit.size()))

    def _choose(self, result: Result) -> None:
        self.edit.setText(str(result.value))
        self.end()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        if self.list is not None:
            self.list.hide()

    @property
    def _is_open(self) -> bool:
        return self.list is not None and self.list.isVisible()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys that end an address or steer the list, before the field has them."""
        if watched is self.edit:
            if isinstance(event, QKeyEvent) and self._takes(event):
                event.accept()
                return True
            if event.type() is QEvent.Type.FocusOut and not self._is_open:
                self.end()
            if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
                self._flow.invalidate()
                self.updateGeometry()
                self.update()
        return super().eventFilter(watched, event)

    def _takes(self, event: QKeyEvent) -> bool:
        key, plain = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.type() is QEvent.Type.ShortcutOverride:
            return plain and key in _STEERING and (self._is_open or bool(self.edit.text()))
        if event.type() is not QEvent.Type.KeyPress:
            return False
        if self.list is not None and self.list.handle_key(event):
            return True
        text = self.edit.text()
        if key in _ENDS or (plain and text and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter)):
            self.end()
            return True
        if key == Qt.Key.Key_Tab and text:
            self.end()
            return False
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Left) and not text and self._chips and plain:
            if self._chips[-1].isHidden():
                self._unfold()
            if key == Qt.Key.Key_Left:
                self._chips[-1].setFocus(Qt.FocusReason.OtherFocusReason)
            else:
                self._edit_again(self._chips[-1])
            return True
        return False

    # Overrides of Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.edit.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        role, width = (ColorRole.ACCENT, 2) if self.has_focus else (ColorRole.BORDER, 1)
        ground, border = self._themes.color(ColorRole.RAISED), self._themes.color(role)
        draw_box(painter, QRectF(self.rect()), Radius.CONTROL, ground, border, width)
        painter.end()
