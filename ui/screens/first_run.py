"""The first start: try the demo, work on this computer alone, or connect to a team."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui.fonts import FontRole
from ui.icon_names import IconName
from ui.screens.connect_page import ConnectPage
from ui.styling import set_ground
from ui.theme import ThemeManager
from ui.tokens import ColorRole
from ui.widgets.buttons import Button, ButtonKind
from ui.widgets.card import Card
from ui.widgets.centred_page import CentredPage, Middle
from ui.widgets.safe_text import SafeLabel

_WIDTH, _FORM_WIDTH, _CONNECT_WIDTH = 780, 440, 460
_CHOICES, _FORM, _CONNECT, _PROGRESS = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProfile:
    """Who will work on this computer."""

    name: str
    company: str
    email: str


class FirstRun(QWidget):
    """A window with three ways to begin. While one is prepared it shows how far that is."""

    demo_wanted = Signal()
    local_wanted = Signal(object)
    """A `NewProfile`."""
    connect_wanted = Signal(object)
    """A `ServerLogin`."""
    connect_cancelled = Signal()
    """The browser is waited for no longer."""

    def __init__(self, themes: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._themes = themes
        self.setWindowTitle("Agent Desktop")
        set_ground(self, ColorRole.CANVAS)
        self.name, self.company, self.email = QLineEdit(self), QLineEdit(self), QLineEdit(self)
        self.connection = ConnectPage(themes, self)
        self.connection.wanted.connect(self.connect_wanted)
        self.connection.cancelled.connect(self.connect_cancelled)
        self.connection.back.connect(self.show_choices)
        self._problem = SafeLabel("", color=ColorRole.DANGER, wrap=True, parent=self)
        self._asked = _CHOICES
        self._doing = SafeLabel("", FontRole.STRONG, parent=self)
        self._done = SafeLabel("", color=ColorRole.TEXT_2, parent=self)
        self.pages = QStackedWidget(self)
        for content, width in (
            (self._make_choices(), _WIDTH),
            (self._make_form(), _FORM_WIDTH),
            (self.connection, _CONNECT_WIDTH),
            (self._make_progress(), _FORM_WIDTH),
        ):
            self.pages.addWidget(self._centred(content, width))
        page = CentredPage(themes, _WIDTH, self)
        page.column.setSpacing(6)
        heading = SafeLabel("Welcome to Agent Desktop", FontRole.FIGURE, parent=self)
        promise = SafeLabel(
            "Everything you work with is on this computer: instant, searchable, and there without a network.",
            color=ColorRole.TEXT_2,
            wrap=True,
            parent=self,
        )
        for label in (heading, promise):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            page.column.addWidget(label)
        page.column.addSpacing(24)
        page.column.addWidget(self.pages)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(page)
        self.resize(960, 560)

    def show_progress(self, doing: str, done: str = "") -> None:
        """Say what is being prepared and how far it is."""
        self._doing.setText(doing)
        self._done.setText(done)
        self.pages.setCurrentIndex(_PROGRESS)

    def show_problem(self, sentence: str) -> None:
        """Say why it did not work, where it was asked for; what was typed is still there."""
        self.pages.setCurrentIndex(self._asked)
        if self._asked == _CONNECT:
            self.connection.say(sentence)
            return
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))

    def show_code_needed(self, sentence: str) -> None:
        """The password is right: ask for a code, too."""
        self.pages.setCurrentIndex(_CONNECT)
        self.connection.ask_code(sentence)

    def show_browser(self, address: str, opened: bool) -> None:
        """A page is open in the browser, and is waited for."""
        self.pages.setCurrentIndex(_CONNECT)
        self.connection.show_waiting(address, opened)

    def show_form(self) -> None:
        """Ask who will work here."""
        self._asked = _CHOICES
        self.pages.setCurrentIndex(_FORM)
        self.name.setFocus()

    def show_choices(self) -> None:
        """Ask how to begin."""
        self._asked = _CHOICES
        self.pages.setCurrentIndex(_CHOICES)

    def show_connect(self) -> None:
        """Ask for the team's server."""
        self._asked = _CONNECT
        self.pages.setCurrentIndex(_CONNECT)
        self.connection.begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back to where one chooses how to begin, or waits for the browser no longer."""
        if event.key() != Qt.Key.Key_Escape or self.pages.currentIndex() not in (_FORM, _CONNECT):
            super().keyPressEvent(event)
        elif self.connection.is_waiting:
            self.connect_cancelled.emit()
        else:
            self.show_choices()

    def accept(self) -> None:
        """Take what was typed; a name is needed, the rest can come later."""
        name = " ".join(self.name.text().split())
        if not name:
            self.name.setPlaceholderText("Please type your name")
            self.name.setFocus()
            return
        company = " ".join(self.company.text().split())
        self.local_wanted.emit(NewProfile(name=name, company=company, email=self.email.text().strip()))

    def _centred(self, content: QWidget, width: int) -> QWidget:
        page = Middle(self._themes, width, self)
        page.column.addWidget(content)
        page.column.addStretch(1)
        return page

    def _make_choices(self) -> QWidget:
        page = QWidget(self)
        demo = self._card(
            IconName.PLAY,
            "Try the demo",
            "A made-up shop with customers, thousands of conversations and articles. Nothing leaves this computer, "
            "and nothing you do there matters.",
        )
        start_demo = Button(self._themes, "Try the demo", ButtonKind.PRIMARY, parent=demo)
        start_demo.clicked.connect(self.demo_wanted)
        demo.body.addWidget(start_demo)
        local = self._card(
            IconName.USER,
            "This computer only",
            "For one person. No account and no server: import your mail, write articles, answer customers.",
        )
        start_local = Button(self._themes, "Set up", parent=local)
        start_local.setAccessibleName("Set up on this computer only")
        start_local.clicked.connect(self.show_form)
        local.body.addWidget(start_local)
        team = self._card(
            IconName.GLOBE,
            "Connect to a server",
            "Work with your team. You sign in once; everything you may see is then on this computer, too, and what "
            "you do without a network is sent later.",
        )
        start_team = Button(self._themes, "Connect", parent=team)
        start_team.setAccessibleName("Connect to a server")
        start_team.clicked.connect(self.show_connect)
        team.body.addWidget(start_team)
        cards = QHBoxLayout()
        cards.setSpacing(16)
        for card in (demo, local, team):
            cards.addWidget(card, 1)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(cards)
        layout.addWidget(self._problem)
        self._problem.hide()
        return page

    def _card(self, icon: IconName, title: str, text: str) -> Card:
        card = Card(self._themes, title, icon=icon, parent=self)
        words = SafeLabel(text, color=ColorRole.TEXT_2, wrap=True, parent=card)
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        card.body.addWidget(words, 1)
        card.body.addSpacing(8)
        return card

    def _make_form(self) -> QWidget:
        card = Card(self._themes, "This computer only", icon=IconName.USER, parent=self)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        for label, field in (
            ("Your name", self.name),
            ("Company", self.company),
            ("E-mail for customers", self.email),
        ):
            words = SafeLabel(label, parent=card)
            words.setBuddy(field)
            words.setMinimumHeight(field.sizeHint().height())
            field.setAccessibleName(label)
            field.returnPressed.connect(self.accept)
            form.addRow(words, field)
        back = Button(self._themes, "Back", parent=card)
        back.clicked.connect(lambda: self.pages.setCurrentIndex(_CHOICES))
        start = Button(self._themes, "Start", ButtonKind.PRIMARY, parent=card)
        start.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(back)
        foot.addWidget(start)
        card.body.addLayout(form)
        card.body.addLayout(foot)
        return card

    def _make_progress(self) -> QWidget:
        page = QWidget(self)
        bar = QProgressBar(page)
        bar.setRange(0, 0)
        bar.setAccessibleName("Being prepared")
        layout = QVBoxLayout(page)
        layout.setSpacing(10)
        layout.addWidget(self._doing)
        layout.addWidget(bar)
        layout.addWidget(self._done)
        return page
