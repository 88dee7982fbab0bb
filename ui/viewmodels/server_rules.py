"""The rules that the server alone keeps: what is demanded of signing in, and of devices that are wiped."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.services.administration import ServerRules
from ui.tasks import Problem, sentence_of

if TYPE_CHECKING:
    from ui.context import UiContext

TITLES = {
    "browser_only": "Passwords are typed in the browser only",
    "second_factor": "Whoever signs in with a password needs a second factor",
    "wipe_at_once": "Devices are wiped at once",
}
"""The rules, by their names in `ServerRules`."""
WORDS = {
    "browser_only": (
        "The program never sees a password: it sends people to the server's page. Whoever forgot theirs, or wants"
        " another, needs an invitation link."
    ),
    "second_factor": "Whoever has none is led through setting one up when they sign in next.",
    "wipe_at_once": (
        "What waits on a device that is to be wiped is not sent first: it is lost. For devices that are in the wrong"
        " hands, not for those of people who leave."
    ),
}


class ServerRulesViewModel(QObject):
    """The rules at the last look. `changed`: they, or why they cannot be shown, are others now."""

    changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.rules: ServerRules | None = None
        """None while they are not known."""
        self.problem = ""
        """Why they are not, in words."""

    def look(self) -> None:
        """Ask the server."""
        desk = self._context.desk
        self._context.tasks.read(lambda: desk.administration.rules(), self._take, self._failed, key=self)

    def turn(self, name: str, on: bool) -> None:
        """Let a rule hold, or not. Where the server does not take it, everything is shown as it was."""
        if self.rules is None or getattr(self.rules, name) is on:
            return
        desk, wanted = self._context.desk, replace(self.rules, **{name: on})

        def done(_: None) -> None:
            self._context.navigator.notify(f"{TITLES[name]}: {'on' if on else 'off'}.")
            self._take(wanted)

        def failed(problem: Problem) -> None:
            self._context.navigator.notify(sentence_of(problem))
            self.look()

        self._context.tasks.read(lambda: desk.administration.set_rules(wanted), done, failed)

    def _take(self, rules: ServerRules) -> None:
        self.rules, self.problem = rules, ""
        self.changed.emit()

    def _failed(self, problem: Problem) -> None:
        self.rules, self.problem = None, sentence_of(problem)
        self.changed.emit()
