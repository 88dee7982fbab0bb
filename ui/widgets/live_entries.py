"""The few entries of a timeline that are widgets just now; all others are pictures."""

from collections.abc import Callable
from typing import TypeAlias

from PySide6.QtWidgets import QApplication, QMenu, QWidget

from ui.models.timeline import EntryKind, TimelineEntry
from ui.theme import ThemeManager
from ui.widgets.event_line import EventLine
from ui.widgets.message_bubble import MessageBubble

LiveEntry: TypeAlias = MessageBubble | EventLine


def can_live(entry: TimelineEntry) -> bool:
    """Whether there is anything to do with an entry but look at it."""
    return entry.kind is not EntryKind.DAY


class LiveEntries:
    """Makes a widget for an entry, and takes it back for another one when nothing holds it any more.

    `made` is called with each new widget, whose signals nobody has connected yet.
    """

    def __init__(self, themes: ThemeManager, page: QWidget, made: Callable[[LiveEntry], None]) -> None:
        self._themes = themes
        self._page = page
        self._made = made
        self._shown: dict[str, LiveEntry] = {}
        self._spare: dict[type[LiveEntry], list[LiveEntry]] = {MessageBubble: [], EventLine: []}

    def __contains__(self, key: object) -> bool:
        return key in self._shown

    def get(self, key: str) -> LiveEntry | None:
        """The widget of an entry, if it is one now."""
        return self._shown.get(key)

    def shown(self) -> list[tuple[str, LiveEntry]]:
        """Keys and widgets of the entries that are widgets."""
        return list(self._shown.items())

    def clear(self) -> None:
        """Make pictures of all."""
        for key in list(self._shown):
            self.release(key)

    def focused(self) -> str | None:
        """The entry that has the keyboard itself, not a part of it."""
        return next((key for key, widget in self._shown.items() if widget.hasFocus()), None)

    def bring(self, entry: TimelineEntry) -> LiveEntry:
        """Make an entry a widget; it is not shown before it has been given its place."""
        widget = self._shown.get(entry.key)
        if widget is None:
            kind = EventLine if entry.kind in (EntryKind.EVENT, EntryKind.CALL) else MessageBubble
            widget = self._spare[kind].pop() if self._spare[kind] else self._make(kind)
            self._shown[entry.key] = widget
            widget.set_entry(entry)
        elif widget.entry != entry:
            widget.set_entry(entry)
        return widget

    def release(self, key: str) -> None:
        """Make an entry a picture again."""
        widget = self._shown.pop(key, None)
        if widget is not None:
            timeline = self._page.parentWidget()
            if timeline is not None and _has_keyboard(widget):
                timeline.setFocus()  # Qt would give it to whatever comes next, such as a text that is being written
            widget.hide()
            if isinstance(widget, MessageBubble):
                widget.forget()
            self._spare[type(widget)].append(widget)

    def release_idle(self, kept: str | None = None) -> list[str]:
        """Make pictures of all that nothing holds, except `kept`; gives their keys."""
        idle = [key for key, widget in self._shown.items() if key != kept and not _is_held(widget)]
        for key in idle:
            self.release(key)
        return idle

    def _make(self, kind: type[LiveEntry]) -> LiveEntry:
        widget = kind(self._themes, self._page)
        widget.hide()
        self._made(widget)
        return widget


def _is_held(widget: LiveEntry) -> bool:
    """Whether something would be lost with the widget: what was opened or selected in it, the keyboard, a menu."""
    return (
        widget.is_own_size
        or widget.has_selection
        or _has_keyboard(widget)
        or any(menu.isVisible() for menu in widget.findChildren(QMenu))
    )


def _has_keyboard(widget: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and (focused is widget or widget.isAncestorOf(focused))
