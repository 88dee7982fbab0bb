"""Commands: one table from which menus, palette, keys and the help sheet are made."""

from ui.commands.command import Check, Command, Menu, Place, UiState, always, has_targets
from ui.commands.command_set import CommandSet, SheetLine
from ui.commands.keys import KeyMap, key_words

__all__ = [
    "Check",
    "Command",
    "CommandSet",
    "KeyMap",
    "Menu",
    "Place",
    "SheetLine",
    "UiState",
    "always",
    "has_targets",
    "key_words",
]
