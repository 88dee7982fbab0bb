"""The pickers for what is done to conversations, used by keys, the bulk bar and the head of a conversation."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import QDateTime, QRect, Qt, QTime
from PySide6.QtWidgets import QDateTimeEdit, QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from agent_desktop.domain import snooze
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Macro
from agent_desktop.services.inbox_rows import InboxRow
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.head_text import PRIORITY_TITLES
from ui.models.local_time import local_zone, time_words
from ui.models.results import Result, ResultSection
from ui.viewmodels.conversation_actions import STATUS_TITLES, ConversationActions
from ui.widgets.picker import Options, Picker, fitting
from ui.widgets.safe_text import SafeLabel

_MOST_LOOKED_AT = 200
"""Of how many conversations the tags are looked at to tell which of them all have."""


class Pickers:
    """Opens a picker at a widget; what is chosen there is done to the conversations at once."""

    def __init__(self, context: UiContext) -> None:
        self._context = context
        self._desk = context.desk
        self.actions = ConversationActions(
            context.desk, context.tasks, context.drafts, context.navigator.notify
        )

    def assign(self, conversation_ids: Sequence[Id], anchor: QWidget) -> None:
        """Choose a user or a team."""
        ids = tuple(conversation_ids)
        directory = self._desk.directory
        me = directory.me
        users = sorted(directory.users(), key=lambda user: user.id != me.id)
        people = [
            Result(
                f"{user.name} (you)" if user.id == me.id else user.name,
                icon=IconName.USER,
                value=partial(self.actions.assign, ids, user),
            )
            for user in users
        ]
        nobody = Result("Nobody", icon=IconName.CLOSE, value=partial(self.actions.assign, ids, None))
        teams = [
            Result(team.name, icon=IconName.USERS, value=partial(self.actions.set_team, ids, team))
            for team in directory.teams()
        ]

        def options(typed: str) -> list[ResultSection]:
            return [
                ResultSection("People", fitting(typed, [*people, nobody])),
                ResultSection("Teams", fitting(typed, teams)),
            ]

        self._open("Assign to", options, anchor)

    def team(self, conversation_ids: Sequence[Id], anchor: QWidget) -> None:
        """Choose a team."""
        ids = tuple(conversation_ids)
        results = [
            Result(team.name, icon=IconName.USERS, value=partial(self.actions.set_team, ids, team))
            for team in self._desk.directory.teams()
        ]
        results.append(
            Result("No team", icon=IconName.CLOSE, value=partial(self.actions.set_team, ids, None))
        )
        self._open("Move to team", _one_section(results), anchor)

    def status(self, conversation_ids: Sequence[Id], anchor: QWidget) -> None:
        """Choose a status."""
        ids = tuple(conversation_ids)
        results = [
            Result(title, value=partial(self.actions.set_status, ids, status))
            for status, title in STATUS_TITLES.items()
        ]
        self._open("Set status", _one_section(results), anchor)

    def priority(self, conversation_ids: Sequence[Id], anchor: QWidget) -> None:
        """Choose a priority."""
        ids = tuple(conversation_ids)
        results = [
            Result(title, icon=IconName.FLAG, value=partial(self.actions.set_priority, ids, priority))
            for priority, title in PRIORITY_TITLES.items()
        ]
        self._open("Set priority", _one_section(results), anchor)

    def snooze(self, conversation_ids: Sequence[Id], anchor: QWidget) -> None:
        """Choose when the conversations come back."""
        ids = tuple(conversation_ids)
        now, zone = self._desk.clock.now(), local_zone()

        def entry(title: str, until: datetime) -> Result:
            return Result(
                title,
                detail=time_words(until, now, zone),
                icon=IconName.CLOCK,
                value=partial(self.actions.snooze, ids, until),
            )

        usual = [entry(choice.title, choice.until) for choice in snooze.choices(now, zone)]
        usual.append(
            Result(
                "Date and time…",
                icon=IconName.CALENDAR,
                value=partial(self._snooze_until_chosen, ids, anchor),
            )
        )
        usual.append(Result("Wake now", icon=IconName.BELL, value=partial(self.actions.snooze, ids, None)))

        def options(typed: str) -> list[ResultSection]:
            until = snooze.parse(typed, now, zone)
            offered = (entry(typed.strip(), until),) if until else fitting(typed, usual)
            return [ResultSection("", offered)]

        self._open("Snooze until… or type 3h, fri 2pm", options, anchor)

    def tags(self, conversation_ids: Sequence[Id], anchor: QWidget) -> None:
        """Add and remove tags. What all of the conversations have is marked and would be removed."""
        ids = tuple(conversation_ids)
        self._context.tasks.read(
            lambda: self._rows(ids), partial(self._offer_tags, ids, anchor), key=(id(self), "tags")
        )

    def macro(self, conversation_ids: Sequence[Id], anchor: QWidget) -> None:
        """Choose a macro to run."""
        ids = tuple(conversation_ids)
        self._context.tasks.read(
            self._desk.macros.all, partial(self._offer_macros, ids, anchor), key=(id(self), "macros")
        )

    def _rows(self, ids: tuple[Id, ...]) -> list[InboxRow]:
        inbox = self._desk.inbox
        return inbox.rows(inbox.keys_of(ids[:_MOST_LOOKED_AT]))

    def _offer_tags(self, ids: tuple[Id, ...], anchor: QWidget, rows: list[InboxRow]) -> None:
        on_all: set[str] = set.intersection(*(set(row.tags) for row in rows)) if rows else set()
        on_some = {tag for row in rows for tag in row.tags} - on_all

        def toggle(tag: str) -> None:
            if tag in on_all:
                on_all.discard(tag)
                self.actions.change_tags(ids, remove=(tag,))
            else:
                on_all.add(tag)
                on_some.discard(tag)
                self.actions.change_tags(ids, add=(tag,))

        def entry(tag: str) -> Result:
            detail = "on some of them" if tag in on_some else ""
            icon = IconName.CHECK if tag in on_all else IconName.TAG
            return Result(tag, detail, icon, value=partial(toggle, tag))

        def options(typed: str) -> list[ResultSection]:
            names = self._desk.directory.tags()
            first = sorted(names, key=lambda tag: (tag not in on_all, tag not in on_some))
            found = fitting(typed, map(entry, first))
            wanted = " ".join(typed.split())
            new = bool(wanted) and wanted.casefold() not in {tag.casefold() for tag in names}
            create = Result(f"New tag “{wanted}”", icon=IconName.PLUS, value=partial(toggle, wanted))
            return [ResultSection("", found), ResultSection("", (create,) if new else ())]

        self._open("Tags: Enter applies, Tab for several", options, anchor)

    def _offer_macros(self, ids: tuple[Id, ...], anchor: QWidget, macros: list[Macro]) -> None:
        results = [
            Result(macro.name, icon=IconName.BOLT, value=partial(self.actions.run_macro, ids, macro.id))
            for macro in macros
        ]
        self._open("Run macro", _one_section(results), anchor)

    def _snooze_until_chosen(self, ids: tuple[Id, ...], anchor: QWidget) -> None:
        dialog = MomentDialog(anchor.window())
        dialog.accepted.connect(lambda: self.actions.snooze(ids, dialog.moment()))
        dialog.open()

    def _open(self, name: str, options: Options, anchor: QWidget) -> None:
        picker = Picker(self._context.theme, name, options, anchor.window())
        picker.show_at(QRect(anchor.mapToGlobal(anchor.rect().topLeft()), anchor.size()))


class MomentDialog(QDialog):
    """Asks for a date and a time of day in the future."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Snooze until")
        tomorrow = QDateTime(QDateTime.currentDateTime().date().addDays(1), QTime(9, 0))
        self._edit = QDateTimeEdit(tomorrow, self)
        self._edit.setCalendarPopup(True)
        self._edit.setMinimumDateTime(QDateTime.currentDateTime())
        self._edit.setAccessibleName("Date and time")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, parent=self)
        buttons.addButton("Snooze", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(SafeLabel("It comes back then, or as soon as the customer writes.", parent=self))
        layout.addWidget(self._edit)
        layout.addWidget(buttons)

    def moment(self) -> datetime:
        """What was chosen, in the zone of this machine."""
        return datetime.fromtimestamp(self._edit.dateTime().toSecsSinceEpoch()).astimezone()


def _one_section(results: Sequence[Result]) -> Options:
    return lambda typed: [ResultSection("", fitting(typed, results))]
