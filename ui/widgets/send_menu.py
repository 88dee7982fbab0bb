"""The ways to send beside sending now: with a status, and later."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from agent_desktop.domain import snooze
from agent_desktop.domain.conversation import Status
from ui.context import UiContext
from ui.models.local_time import local_zone, time_words

SEND_KEYS, RESOLVE_KEYS = "Ctrl+Return", "Ctrl+Shift+Return"
Send = Callable[[Status | None, datetime | None], None]
"""Called with the status that is set with it, and when it is to leave."""


def fill_send_menu(menu: QMenu, send: Send, ask_when: Callable[[], None], now: datetime) -> None:
    """Offer them anew: the times are counted from now."""
    menu.clear()
    menu.addAction("Send", partial(send, None, None)).setShortcut(SEND_KEYS)
    menu.addAction("Send and resolve", partial(send, Status.SOLVED, None)).setShortcut(RESOLVE_KEYS)
    menu.addAction("Send and wait for customer", partial(send, Status.PENDING, None))
    for action in menu.actions():
        # Shown here, run by the window's commands.
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setShortcutVisibleInContextMenu(True)
    later, zone = menu.addMenu("Send later"), local_zone()
    for choice in snooze.choices(now, zone):
        words = f"{choice.title} ({time_words(choice.until, now, zone)})"
        later.addAction(words, partial(send, None, choice.until))
    later.addSeparator()
    later.addAction("Date and time…", ask_when)


def ask_when(context: UiContext, send: Callable[[datetime], None], refuse: Callable[[str], None]) -> None:
    """Ask for the moment at which it is to leave, in words; `refuse` gets the sentence where that is none."""

    def take(words: str | None) -> None:
        if words is None:
            return
        moment = snooze.parse(words, context.desk.clock.now(), local_zone())
        if moment is None:
            refuse(f"“{words}” is not a time to come. Try “17:30”, “tomorrow 9:00” or “in 3 hours”.")
        else:
            send(moment)

    text = "When? For example 17:30, tomorrow 9:00, fri 2pm, in 3 hours"
    context.prompts.ask_line("Send later", text, "tomorrow 9:00", take)
