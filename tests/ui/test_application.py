"""The program from its first start to its end: windows, links, settings, and what is kept."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QProgressDialog
from pytestqt.qtbot import QtBot

from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import InputError, InUse, StoreError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import Profile
from agent_desktop.services.drafts import DraftKind
from agent_desktop.services.server_account import CodeNeeded
from agent_desktop.services.settings import WINDOWS
from tests.fakes import START
from tests.ui.desks import DeskWorld
from tests.ui.fakes import RecordingPrompts
from ui.application import Start
from ui.launch import Application, Launch, OpenPage, Progress
from ui.program import Program
from ui.screens.connect_page import ServerLogin
from ui.screens.first_run import FirstRun, NewProfile
from ui.single_instance import SingleInstance
from ui.theme import ThemeManager, ThemeMode


@pytest.fixture
def program(world: DeskWorld, qapp: QApplication, themes: ThemeManager) -> Iterator[Program]:
    program = Program(qapp, world.desk, themes, lambda: "1.2.3")
    yield program
    program.quit()
    program.close()


def number_of(desk: Desk, conversation_id: str) -> int:
    card = desk.conversations.card(conversation_id)
    assert card is not None
    return card.conversation.number


def test_windows_come_and_go(program: Program, qtbot: QtBot) -> None:
    program.new_window()
    program.new_window()
    assert len(program.windows) == 2
    program.windows[0].close()
    qtbot.waitUntil(lambda: len(program.windows) == 1)
    qtbot.waitUntil(lambda: program.idle)


def test_a_link_navigates(program: Program, world: DeskWorld, qtbot: QtBot) -> None:
    conversation = world.customer_writes("Amelia Novak", "Kettle")
    program.new_window()
    window = program.windows[0]
    program.activate(f"agentdesk://conversation/{number_of(world.desk, conversation)}")
    qtbot.waitUntil(lambda: window.workspace.inbox.open_id == conversation)
    program.activate("agentdesk://conversation/999999")
    qtbot.waitUntil(lambda: window._toast.message == "Conversation #999999 is not on this device.")
    program.activate("agentdesk://settings/theme")
    qtbot.waitUntil(lambda: program.idle)
    assert window.workspace.inbox.open_id == conversation


def test_the_front_window_says_what_is_due(program: Program, world: DeskWorld, qtbot: QtBot) -> None:
    program.new_window()
    window = program.windows[0]
    conversation = world.customer_writes("Amelia Novak", "Kettle")
    program._due.look()
    qtbot.waitUntil(lambda: program.idle)
    world.clock.advance(timedelta(hours=3, minutes=50))
    program._due.look()
    qtbot.waitUntil(lambda: window._toast.message.startswith("Amelia Novak: first reply due in 10 minutes"))
    window._toast._button.click()
    assert window.workspace.inbox.open_id == conversation


def test_what_is_written_survives_the_end(
    world: DeskWorld, qapp: QApplication, themes: ThemeManager, qtbot: QtBot
) -> None:
    conversation = world.customer_writes("Amelia Novak", "Kettle")
    program = Program(qapp, world.desk, themes, lambda: "1.2.3")
    program.new_window()
    window = program.windows[0]
    window.open_conversation(conversation)
    pane = window.workspace.conversation
    qtbot.waitUntil(lambda: pane.composer_model.is_ready)
    pane.composer_model.edit(DraftKind.REPLY, "Dear Amelia", 11)
    program.quit()
    program.close()
    desk = open_desk(world.profile, world.clock, world.ids, background=False)
    draft = desk.drafts.get(conversation, DraftKind.REPLY)
    desk.close()
    assert draft is not None
    assert draft.text == "Dear Amelia"


class Unsaved:
    """A program in which something was typed that the disk does not take."""

    def __init__(self, program: Program, world: DeskWorld, qtbot: QtBot, patch: pytest.MonkeyPatch) -> None:
        self.conversation = world.customer_writes("Amelia Novak", "Kettle")
        program.new_window()
        self.window = program.windows[0]
        self.prompts = RecordingPrompts(choice=None)
        self.window.context = replace(self.window.context, prompts=self.prompts)
        self.window.open_conversation(self.conversation)
        composer = self.window.workspace.conversation.composer_model
        qtbot.waitUntil(lambda: composer.is_ready)

        def full(draft: object) -> None:
            raise StoreError("The disk is full.")

        patch.setattr(world.desk.drafts, "save", full)
        composer.edit(DraftKind.REPLY, "Dear Amelia", 11)


@pytest.fixture
def unsaved(
    program: Program, world: DeskWorld, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Unsaved]:
    yield Unsaved(program, world, qtbot, monkeypatch)
    monkeypatch.undo()


def test_the_last_window_stays_while_a_draft_is_not_saved(
    program: Program, world: DeskWorld, unsaved: Unsaved, monkeypatch: pytest.MonkeyPatch
) -> None:
    unsaved.window.close()
    assert unsaved.window.isVisible()
    assert unsaved.prompts.asked == ["Your draft is not saved"]
    monkeypatch.undo()  # there is room again
    unsaved.window.close()
    assert not unsaved.window.isVisible()
    draft = world.desk.drafts.get(unsaved.conversation, DraftKind.REPLY)
    assert draft is not None
    assert draft.text == "Dear Amelia"


def test_another_window_keeps_the_draft(program: Program, unsaved: Unsaved) -> None:
    program.new_window()
    unsaved.window.close()
    assert unsaved.prompts.asked == []
    assert not unsaved.window.isVisible()


def test_quitting_asks_too(program: Program, unsaved: Unsaved) -> None:
    program.quit()
    assert unsaved.window.isVisible()
    assert unsaved.prompts.asked == ["Your draft is not saved"]


def test_the_text_can_be_taken_elsewhere(program: Program, unsaved: Unsaved, qapp: QApplication) -> None:
    unsaved.prompts.choice = 0
    unsaved.window.close()
    assert unsaved.window.isVisible()
    assert qapp.clipboard().text() == "Dear Amelia"
    assert unsaved.prompts.notices[0].title == "Copied"


def test_a_draft_can_be_given_up_by_name(program: Program, unsaved: Unsaved, qtbot: QtBot) -> None:
    unsaved.prompts.choice = 1
    unsaved.window.close()
    qtbot.waitUntil(lambda: not program.windows)


def test_text_size_is_remembered(program: Program, world: DeskWorld, qtbot: QtBot) -> None:
    program.scale_text(1)
    qtbot.waitUntil(lambda: world.desk.settings.get(WINDOWS).get("text_scale") == 110)
    program.scale_text(-1)
    program.scale_text(-1)
    qtbot.waitUntil(lambda: world.desk.settings.get(WINDOWS).get("text_scale") == 90)
    program.scale_text(0)
    qtbot.waitUntil(lambda: world.desk.settings.get(WINDOWS).get("text_scale") == 100)


def test_the_theme_follows_the_setting(program: Program, themes: ThemeManager, qtbot: QtBot) -> None:
    program.new_window()
    program.windows[0].commands.run("view.theme_dark")
    qtbot.waitUntil(lambda: themes.mode is ThemeMode.DARK)
    assert themes.theme.dark
    program.windows[0].commands.run("view.theme_light")
    qtbot.waitUntil(lambda: themes.mode is ThemeMode.LIGHT)


@pytest.fixture
def instance(tmp_path: Path, qtbot: QtBot) -> SingleInstance:
    return SingleInstance(tmp_path)


class Places:
    """Launches at a folder of its own, and what was asked of them."""

    def __init__(self, folder: Path) -> None:
        self.profile = Profile(folder / "fresh")
        self.clock = ManualClock(START)
        self.ids = TimeOrderedIds(self.clock)
        self.demo: Callable[[Progress], None] = lambda progress: None
        self.logins: list[ServerLogin] = []
        self.back = Event()
        """Set when the browser comes back, or nobody waits for it any more."""
        self.cancelled = 0

    def launch(self, open_it: Callable[[], Desk] | None = None, *, is_set_up: bool = False) -> Launch:
        return Launch(
            folder=self.profile.folder,
            logs=self.profile.logs,
            version=lambda: "1.2.3",
            is_set_up=is_set_up,
            open_desk=open_it or self.open,
            set_up=self.set_up,
            set_up_demo=lambda progress: self.demo(progress),
            connect=self.connect,
            cancel_connect=self.cancel_connect,
        )

    def cancel_connect(self) -> None:
        self.cancelled += 1
        self.back.set()

    def connect(self, login: ServerLogin, progress: Progress, open_page: OpenPage) -> str:
        self.logins.append(login)
        progress("Signing in")
        if login.browser:
            open_page("https://desk.example.com/oauth/authorize")
            assert self.back.wait(20)
            if self.cancelled:
                raise InputError("You stopped signing in.")
            progress("Fetching the first conversations")
        elif login.password == "half right" and not login.code:
            raise CodeNeeded("Type the code.")
        elif login.password not in ("right", "half right"):
            raise InputError("The password is not right.")
        self.set_up(NewProfile(name="Maya", company="Northwind", email=""))
        return "Signed in for this run."

    def open(self) -> Desk:
        return open_desk(self.profile, self.clock, self.ids, background=False)

    def set_up(self, new: NewProfile) -> None:
        person = Person(name=new.name, company=new.company, email=new.email)
        set_up(self.profile, person, self.clock, self.ids)


def first_run() -> FirstRun:
    (found,) = [
        widget
        for widget in QApplication.topLevelWidgets()
        if isinstance(widget, FirstRun) and widget.isVisible()
    ]
    return found


def test_the_first_start_on_this_computer(
    tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    start = Start(qapp, Places(tmp_path).launch(), instance, "")
    start.begin()
    screen = first_run()
    screen.show_connect()
    qtbot.keyClick(screen.connection.form.address, Qt.Key.Key_Escape)
    assert not screen.connection.isVisible(), "Esc goes back"
    screen.show_form()
    screen.accept()
    assert screen.name.placeholderText() == "Please type your name"
    screen.name.setText("  Maya   Keller ")
    screen.company.setText("Northwind Kettles")
    screen.accept()
    qtbot.waitUntil(lambda: start._program is not None)
    assert start._program is not None
    (window,) = start._program.windows
    assert window.windowTitle() == "Assigned to me – Northwind Kettles – Agent Desktop"
    start._program.quit()
    start.close()


def test_connecting_to_a_server_says_errors_in_place_and_loses_nothing(
    tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    places = Places(tmp_path)
    start = Start(qapp, places.launch(), instance, "")
    start.begin()
    screen = first_run()
    screen.show_connect()
    page = screen.connection
    page.go_on()
    assert page.problem.text() == "Please fill in: Address of the server."
    page.form.address.setText(" desk.example.com ")
    page.other.click()
    page.go_on()
    assert page.problem.text() == "Please fill in: E-mail."
    page.form.account.setText("maya@example.com")
    page.form.password.setText("wrong")
    page.go_on()
    qtbot.waitUntil(lambda: page.problem.text() == "The password is not right.")
    assert page.problem.isVisible()
    assert (page.form.address.text(), page.form.account.text()) == (" desk.example.com ", "maya@example.com")
    page.form.password.setText("half right")
    page.go_on()
    qtbot.waitUntil(lambda: page.problem.text() == "Type the code.")
    page.go_on()
    assert page.problem.text() == "Please fill in: Code."
    page.form.code.setText("123456")
    with qtbot.waitSignal(start.opened) as opened:
        page.go_on()
    assert [(login.address, login.email, login.code) for login in places.logins] == [
        ("desk.example.com", "maya@example.com", ""),
        ("desk.example.com", "maya@example.com", ""),
        ("desk.example.com", "maya@example.com", "123456"),
    ]
    assert len(opened.args[0].windows) == 1
    opened.args[0].quit()
    start.close()


def test_what_went_wrong_is_said_with_the_choices_open(
    tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    places = Places(tmp_path)

    def fill_the_disk(progress: Progress) -> None:
        progress("2,000 conversations")
        raise StoreError("The disk is full. Free some space and try again.")

    places.demo = fill_the_disk
    start = Start(qapp, places.launch(), instance, "")
    start.begin()
    screen = first_run()
    screen.demo_wanted.emit()
    qtbot.waitUntil(lambda: "disk is full" in screen._problem.text())
    assert screen.pages.currentIndex() == 0
    screen.close()
    start.close()
    screen.deleteLater()


def test_a_profile_that_cannot_be_opened_says_why(
    tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    def refuse() -> Desk:
        raise StoreError("Another program has this profile open.", "profile.lock")

    start = Start(qapp, Places(tmp_path).launch(refuse, is_set_up=True), instance, "")
    start.begin()
    box = refusal(qtbot)
    assert box.text() == "Another program has this profile open."
    assert start.failed
    box.finished.disconnect()
    box.close()
    start.close()


def test_a_second_start_while_the_first_one_still_opens_hands_its_link_over(
    tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    """The first one has the profile before it can be reached."""
    first = SingleInstance(tmp_path)

    def refuse() -> Desk:
        raise InUse("Another program has this profile open.")

    link = "agentdesk://conversation/48213"
    assert not instance.hand_over(link)
    start = Start(qapp, Places(tmp_path).launch(refuse, is_set_up=True), instance, link)
    with qtbot.waitSignal(first.activated) as activated, qtbot.waitSignal(start.handed_over):
        start.begin()
        assert first.listen()
    assert activated.args == [link]
    assert not start.failed
    first.close()
    start.close()


def test_a_link_that_the_system_hands_to_a_starting_program_is_followed_once_there_is_a_window(
    world: DeskWorld, tmp_path: Path, qapp: Application, instance: SingleInstance, qtbot: QtBot
) -> None:
    """As on macOS, where a link comes as an event and never starts a second program."""
    first, second = (world.customer_writes("Amelia Novak", subject) for subject in ("Kettle", "Sofa"))

    def hand(conversation: str) -> None:
        url = QUrl(f"agentdesk://conversation/{number_of(world.desk, conversation)}")
        QCoreApplication.sendEvent(qapp, QFileOpenEvent(url))

    start = Start(qapp, Places(tmp_path).launch(lambda: world.desk, is_set_up=True), instance, "")
    qapp.link_opened.connect(start.follow)
    hand(first)
    with qtbot.waitSignal(start.opened) as opened:
        start.begin()
    window = opened.args[0].windows[0]
    qtbot.waitUntil(lambda: window.workspace.inbox.open_id == first)
    hand(second)
    qtbot.waitUntil(lambda: window.workspace.inbox.open_id == second)
    opened.args[0].quit()
    start.close()


def test_a_profile_that_another_program_gives_up_is_opened_in_the_end(
    world: DeskWorld, tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    refusals = [InUse("Another program has this profile open.")]

    def open_at_last() -> Desk:
        if refusals:
            raise refusals.pop()
        return world.desk

    start = Start(qapp, Places(tmp_path).launch(open_at_last, is_set_up=True), instance, "")
    with qtbot.waitSignal(start.opened):
        start.begin()
    assert not start.failed
    assert start._program is not None
    start._program.quit()
    start.close()


def refusal(qtbot: QtBot) -> QMessageBox:
    def boxes() -> list[QMessageBox]:
        return [
            widget
            for widget in QApplication.topLevelWidgets()
            if isinstance(widget, QMessageBox) and widget.isVisible()
        ]

    qtbot.waitUntil(lambda: len(boxes()) == 1)
    return boxes()[0]


def test_a_profile_that_takes_long_to_open_says_so_and_the_window_answers(
    world: DeskWorld, tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    may_go_on = Event()

    def open_slowly() -> Desk:
        assert may_go_on.wait(20)
        return world.desk

    def waiting() -> list[QProgressDialog]:
        found = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QProgressDialog)]
        return [dialog for dialog in found if dialog.isVisible()]

    start = Start(qapp, Places(tmp_path).launch(open_slowly, is_set_up=True), instance, "")
    start.begin()
    qtbot.waitUntil(lambda: len(waiting()) == 1)
    assert waiting()[0].labelText().startswith("Opening your profile.")
    may_go_on.set()
    qtbot.waitUntil(lambda: start._program is not None and start._program.idle)
    assert waiting() == []
    assert start._program is not None
    start._program.quit()
    start.close()


def test_a_server_file_that_cannot_be_used_ends_the_program_with_a_sentence(
    tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    places = Places(tmp_path)
    places.set_up(NewProfile(name="Maya Keller", company="Northwind Kettles", email=""))
    places.profile.server_db.write_bytes(b"garbage" * 1_000)
    start = Start(qapp, places.launch(is_set_up=True), instance, "")
    start.begin()
    box = refusal(qtbot)
    assert box.text().startswith("server.db is not a database of Agent Desktop")
    assert start.failed
    assert start._program is not None
    assert not any(window.isVisible() for window in start._program.windows)
    box.finished.disconnect()
    box.close()
    start.close()


def test_what_could_be_read_of_a_damaged_file_is_told(
    tmp_path: Path,
    qapp: QApplication,
    instance: SingleInstance,
    qtbot: QtBot,
    expect_log: Callable[[str], None],
) -> None:
    expect_log("work file was damaged")
    places = Places(tmp_path)
    places.set_up(NewProfile(name="Maya Keller", company="Northwind Kettles", email=""))
    damaged = bytes(100) + places.profile.work_db.read_bytes()[100:]
    places.profile.work_db.write_bytes(damaged)
    start = Start(qapp, places.launch(is_set_up=True), instance, "")
    start.begin()
    box = refusal(qtbot)
    assert "kept as work.damaged-1.db" in box.text()
    box.close()
    assert start._program is not None
    qtbot.waitUntil(lambda: start._program is not None and start._program.idle)
    start._program.quit()
    start.close()
