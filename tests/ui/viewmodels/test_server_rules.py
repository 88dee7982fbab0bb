"""The rules that the server keeps: shown as they are, changed one at a time, and never shown as what they are not."""

import pytest

from agent_desktop.domain.errors import InputError
from agent_desktop.services.administration import ServerRules
from tests.ui.conftest import Room
from ui.viewmodels.server_rules import TITLES, WORDS, ServerRulesViewModel
from ui.widgets.rules_card import RulesCard


class Server:
    """A server with rules, which can be out of reach."""

    def __init__(self) -> None:
        self.kept = ServerRules(second_factor=True)
        self.problem = ""

    def rules(self) -> ServerRules:
        self._try()
        return self.kept

    def set_rules(self, rules: ServerRules) -> None:
        self._try()
        self.kept = rules

    def _try(self) -> None:
        if self.problem:
            raise InputError(self.problem)


@pytest.fixture
def server(room: Room, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setitem(vars(room.world.desk), "administration", server)
    return server


def test_every_rule_has_words() -> None:
    assert set(TITLES) == set(WORDS) == set(ServerRules.__dataclass_fields__)


def test_one_rule_is_changed_and_the_others_stay(room: Room, server: Server) -> None:
    model = ServerRulesViewModel(room.context)
    model.turn("browser_only", True)
    assert server.kept == ServerRules(second_factor=True), "nothing is known yet, so nothing is set"
    model.look()
    model.turn("browser_only", True)
    assert server.kept == model.rules == ServerRules(browser_only=True, second_factor=True)
    assert room.navigator.messages[-1][0] == "Passwords are typed in the browser only: on."
    said = len(room.navigator.messages)
    model.turn("browser_only", True)
    assert len(room.navigator.messages) == said


def test_the_boxes_show_what_holds_and_why_they_cannot(room: Room, server: Server) -> None:
    card = RulesCard(room.context, may_change=True)
    card.show()
    states = {name: box.isChecked() for name, box in card.boxes.items()}
    assert states == {"browser_only": False, "second_factor": True, "wipe_at_once": False}
    card.boxes["wipe_at_once"].click()
    assert server.kept.wipe_at_once
    server.problem = "The server cannot be reached now."
    card.boxes["browser_only"].click()
    assert card.problem.text() == server.problem
    assert not server.kept.browser_only
    assert not any(box.isVisible() for box in card.boxes.values())
    server.problem = ""
    card.action_triggered.emit()
    assert not card.boxes["browser_only"].isChecked()
    assert card.boxes["wipe_at_once"].isChecked()


def test_a_workspace_on_this_computer_alone_says_that_nobody_signs_in(room: Room) -> None:
    card = RulesCard(room.context, may_change=True)
    card.show()
    assert "this computer alone" in card.problem.text()
    assert not any(box.isVisible() for box in card.boxes.values())
