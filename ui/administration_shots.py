"""What is done in a window for the pictures of the administration: see `ui.shots`."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from agent_desktop.domain.workspace import Role
from ui.models.administration_forms import person_form, save_person, save_team, team_form
from ui.navigator import ScreenName
from ui.screens.administration.data_requests import DataRequestsPage, EraseDialog
from ui.screens.administration.screen import AdministrationScreen
from ui.screens.administration.workspace import WorkspacePage
from ui.screens.main_window import MainWindow


def page_of(key: str) -> Callable[[MainWindow], None]:
    """What shows a page, with something to see on it."""

    def prepare(window: MainWindow) -> None:
        window.show_screen(ScreenName.ADMINISTRATION)
        screen = window.screens.screen_of(ScreenName.ADMINISTRATION)
        assert isinstance(screen, AdministrationScreen)
        page = screen.show_page(key)
        if key == "audit":
            _change_something(window)
        elif isinstance(page, DataRequestsPage):
            page.wanted.setText("am")
        elif isinstance(page, WorkspacePage):
            page.conversations.setValue(365)
            page.look.click()

    return prepare


def erase(window: MainWindow) -> QWidget | None:
    """The question before a customer's data are erased."""
    page_of("data")(window)
    page = window.screens.screen_of(ScreenName.ADMINISTRATION).findChild(DataRequestsPage)
    assert isinstance(page, DataRequestsPage)
    dialogs: list[QWidget] = []
    loop = QEventLoop()
    page.requests.previewed.connect(loop.quit)
    page.requests.changed.connect(page.erase.click)
    page.wanted.setText("amelia novak")
    QTimer.singleShot(2_000, loop.quit)
    loop.exec()
    dialogs += [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, EraseDialog)]
    return dialogs[0] if dialogs else None


def _change_something(window: MainWindow) -> None:
    """Somebody leads from now on, and what a team has is its own: the log tells of it."""
    desk = window.context.desk
    person = next(user for user in desk.directory.users() if user.id != desk.user_id)
    team = desk.directory.teams()[0]
    promoted = replace(person_form(person), role=Role.SUPERVISOR)
    hidden = replace(team_form(team), private=True)
    window.context.tasks.write(
        lambda: (
            desk.apply(save_person(person.id, promoted)),
            desk.apply(save_team(team.id, hidden)),
            desk.apply(save_team(team.id, team_form(team))),
        )
    )
