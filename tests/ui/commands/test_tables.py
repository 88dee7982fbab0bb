"""The tables of commands fit together: keys differ, and each command can be found."""

from typing import Any

from pytestqt.qtbot import QtBot

from ui.commands import CommandSet, Menu, UiState
from ui.commands.composer import composer_commands
from ui.commands.conversation import conversation_commands
from ui.commands.places import place_commands
from ui.commands.window import window_commands
from ui.icons import Icons
from ui.navigator import ScreenName
from ui.tokens import LIGHT


class Anything:
    """A target that has whatever a table asks for, and keeps what was called."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self.called.append(name)


def all_commands(target: Any) -> tuple[Any, ...]:
    return (
        *window_commands(target),
        *conversation_commands(target),
        *composer_commands(target),
        *place_commands(target),
    )


# The defaults that people learn from the documentation.
KEYS = {
    "go.palette": "Ctrl+K",
    "go.search": "Ctrl+F",
    "conversation.next": "J",
    "conversation.previous": "K",
    "conversation.open": "Return",
    "go.back": "Esc",
    "conversation.reply": "R",
    "conversation.note": "N",
    "conversation.assign": "A",
    "conversation.assign_to_me": "I",
    "conversation.status": "S",
    "conversation.resolve": "E",
    "conversation.snooze": "Z",
    "conversation.tags": "T",
    "conversation.macro": "M",
    "conversation.priority": "P",
    "list.check": "X",
    "conversation.unread": "U",
    "go.inbox": "G, I",
    "go.mine": "G, M",
    "go.unassigned": "G, U",
    "composer.send": "Ctrl+Return",
    "composer.send_resolve": "Ctrl+Shift+Return",
    "conversation.open_window": "Shift+Return",
    "go.view_1": "Ctrl+1",
    "go.view_9": "Ctrl+9",
    "go.next_pane": "F6",
    "help.keys": "?",
    "edit.undo": "Ctrl+Z",
}


def test_the_promised_keys(qtbot: QtBot) -> None:
    commands = CommandSet(all_commands(Anything()), Icons(LIGHT), lambda focused: False)
    assert {name: commands.keys.keys(name)[0] for name in KEYS} == KEYS


def test_titles_tell_commands_apart() -> None:
    titles = [command.title for command in all_commands(Anything())]
    assert len(set(titles)) == len(titles)


def test_each_command_is_in_a_menu_or_has_a_key() -> None:
    assert [
        command.id for command in all_commands(Anything()) if command.menu is None and not command.keys
    ] == []


def test_each_command_runs_something_of_its_own() -> None:
    target = Anything()
    commands = all_commands(target)
    for command in commands:
        command.run()
    assert len(target.called) == len(commands)


def test_every_menu_has_something_in_it(qtbot: QtBot) -> None:
    commands = CommandSet(all_commands(Anything()), Icons(LIGHT), lambda focused: False)
    assert [menu for menu in Menu if not commands.menu(menu)] == []


def test_what_acts_on_conversations_waits_for_one() -> None:
    for command in conversation_commands(Anything()):
        if not command.id.startswith(("list.", "conversation.next", "conversation.previous")):
            assert not command.when(UiState()), command.id
        assert not command.when(UiState(screen=ScreenName.CUSTOMERS, targets=1, opened=True)), command.id
