"""What is done in a window for the pictures of the administration: see `ui.shots`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from agent_desktop.domain.workspace import Role
from agent_desktop.services.administration import HeldMail, HeldMails
from ui.models.administration_forms import person_form, save_person, save_team, team_form
from ui.navigator import ScreenName
from ui.screens.administration.data_requests import DataRequestsPage, EraseDialog
from ui.screens.administration.held_mails import HeldMailsDialog
from ui.screens.administration.screen import AdministrationScreen
from ui.screens.administration.workspace import WorkspacePage
from ui.screens.main_window import MainWindow
from ui.viewmodels.held_mails import HeldMailsViewModel

HELD_FOR = {
    "loop": "more than sixty mails of a person, or ten of a program, came to one conversation within an hour",
    "failed": "it could not become a message, which is a defect; please report it",
    "lost": "its content is not where it was stored; the disk or a backup may have it",
}
"""Why mails are held, in the words of the server."""


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


class _Held(HeldMailsViewModel):
    """What could have been held back, whatever the server says."""

    def look(self) -> None:
        desk = self._context.desk
        channel, at = desk.directory.channels()[0].id, desk.clock.now()
        reasons = {"loop": "Status of your servers", "failed": "Invoice 2026-114", "lost": "Re: Kettle"}
        mails = tuple(
            HeldMail(
                id=reason,
                channel_id=channel,
                received_at=at - timedelta(minutes=30 * place),
                size=4_000,
                reason=reason,
                why=HELD_FOR[reason],
                sender="monitoring@hosting.example" if place < 2 else None,
                subject=subject,
            )
            for place, (reason, subject) in enumerate(reasons.items())
        )
        self._take(HeldMails(mails, len(mails)))


def held(window: MainWindow) -> QWidget:
    """Mails that were held back, and why."""
    page_of("channels")(window)
    model = _Held(window.context)
    model.look()
    dialog = HeldMailsDialog(window.context, model, window)
    model.setParent(dialog)
    dialog.open()
    return dialog


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
