"""Subject and facts of a conversation: one picture, with what can be pressed or selected lying over it."""

from collections import deque

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from ui.delegates.facts import FACT, ChipFact, FactFace, WordsFact
from ui.delegates.head_picture import BOTTOM, LINE_GAP, TOP, HeadPart, HeadPicture, HeadRoom
from ui.fonts import FontRole
from ui.models.head_text import HeadText
from ui.models.presence_text import PresenceWords
from ui.models.tool_tip import plain_tool_tip
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.fact_button import FactButton
from ui.widgets.presence_mark import PresenceMark
from ui.widgets.quiet_label import QuietLabel

_MOST_KEPT = 4
_BUTTONS = (HeadPart.STATUS, HeadPart.PRIORITY, HeadPart.ASSIGNEE, HeadPart.TEAM, HeadPart.TAGS)


class HeadFacts(QWidget):
    """Fills the whole head; at the right of the subject it leaves room for buttons that lie over it.

    Signals:
        pressed: a `HeadPart` and the widget at which its picker may open.
    """

    pressed = Signal(object, object)

    def __init__(self, themes: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._face = FactFace(themes, self.devicePixelRatioF)
        self._text: HeadText | None = None
        self._beside = QSize()
        self._picture: HeadPicture | None = None
        self._settled: HeadPicture | None = None
        self._ahead: deque[HeadPicture] = deque(maxlen=_MOST_KEPT)
        self.subject = QuietLabel(themes, FontRole.TITLE, ColorRole.TEXT, self)
        self.number = QuietLabel(themes, FontRole.SECONDARY, ColorRole.TEXT_2, self, selectable=True)
        self.due = QuietLabel(themes, FontRole.LABEL, ColorRole.TEXT, self)
        self.buttons = {part: FactButton(part.value, self) for part in _BUTTONS}
        self.presence = PresenceMark(themes, self)
        for part, button in self.buttons.items():
            button.clicked.connect(lambda _=False, part=part, button=button: self.pressed.emit(part, button))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        themes.changed.connect(self._restyle)

    @property
    def text(self) -> HeadText | None:
        """What is said."""
        return self._text

    def set_text(self, text: HeadText) -> None:
        """Say this; `settle` is to be called soon."""
        if text != self._text:
            self._text = text
            self._show()

    def set_presence(self, words: PresenceWords) -> None:
        """Say who else is here."""
        self.presence.set_words(words)
        self._show()
        self.settle()

    def set_beside(self, size: QSize) -> None:
        """Leave this much room at the right of the subject."""
        if size != self._beside:
            self._beside = size
            self._show()
            self.settle()

    def look_ahead(self, text: HeadText) -> None:
        """Paint what `set_text` will show."""
        room = self._room(self.width())
        if all((picture.text, picture.room) != (text, room) for picture in self._ahead):
            oldest = self._ahead.popleft() if len(self._ahead) == _MOST_KEPT else None
            spare = oldest.release() if oldest is not None and oldest is not self._picture else None
            picture = HeadPicture(self._face, text, room)
            picture.keep(spare)
            self._ahead.append(picture)

    def _room(self, width: int) -> HeadRoom:
        corner = 0 if self.presence.isHidden() else self.presence.sizeHint().width()
        return HeadRoom(width, self._beside, corner)

    def _picture_for(self, width: int) -> HeadPicture | None:
        text, room = self._text, self._room(width)
        if text is None:
            return None
        known = (self._picture, *self._ahead)
        found = (picture for picture in known if picture and (picture.text, picture.room) == (text, room))
        return next(found, None) or HeadPicture(self._face, text, room)

    def _show(self) -> None:
        before, picture = self._picture, self._picture_for(self.width())
        if picture is None or picture is before:
            return
        self._picture = picture
        if before is None or before.height != picture.height:
            self.updateGeometry()
        self.update(picture.subject)
        self.update(picture.facts_area)
        if self.underMouse() or self.number.hasSelectedText() or _has_keyboard(self):
            self.settle()  # what is painted by itself must not be that of another conversation

    def settle(self) -> None:
        """Let what lies over the picture follow it: a screen reader and the mouse can wait until it was painted."""
        picture = self._picture
        if picture is None or picture is self._settled:
            return
        self._settled = picture
        said = picture.text
        self._lay(self.subject, said.subject, picture.subject)
        self.subject.setToolTip(plain_tool_tip(said.subject) if picture.is_cut else "")
        self._lay(self.number, said.number, picture.boxes[HeadPart.NUMBER])
        self._lay(self.due, said.due.text if said.due else "", picture.boxes.get(HeadPart.DUE))
        for part, button in self.buttons.items():
            fact = picture.facts.get(part)
            button.setVisible(fact is not None)
            if isinstance(fact, WordsFact | ChipFact):
                button.setGeometry(picture.boxes[part])
                button.show_fact(fact, self._face)
        if not picture.corner.isNull():
            self.presence.setGeometry(picture.corner)

    def _lay(self, label: QuietLabel, text: str, box: QRect | None) -> None:
        label.setText(text)
        label.setVisible(box is not None)
        if box is not None:
            label.setGeometry(box)

    def _restyle(self) -> None:
        self._face = FactFace(self._themes, self.devicePixelRatioF)
        self._picture = None
        self._ahead.clear()
        self._show()
        self.settle()
        self.updateGeometry()
        self.update()

    # Overrides of Qt

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        picture = self._picture_for(width)
        return picture.height if picture is not None else self._least

    def sizeHint(self) -> QSize:
        return QSize(0, self._least)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @property
    def _least(self) -> int:
        line = max(self._face.title.height, self._beside.height())
        return TOP + line + LINE_GAP + FACT + BOTTOM

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._show()
        self.settle()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, area = QPainter(self), event.rect()
        if self._picture is None or area.bottom() >= self._picture.height:
            painter.fillRect(area, self._themes.color(ColorRole.SURFACE))
        if self._picture is not None:
            self._picture.paint(painter, area)
        painter.end()


def _has_keyboard(widget: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and widget.isAncestorOf(focused)
