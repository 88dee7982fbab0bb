"""Commands that act on the checked conversations, or on the open one."""

from functools import partial
from typing import Protocol

from agent_desktop.domain.permissions import Permission
from ui.commands.command import Command, Menu, Place, UiState, has_targets
from ui.icon_names import IconName
from ui.navigator import ScreenName


class ConversationTarget(Protocol):
    """What can be done to conversations; a window does it."""

    def open_selected(self) -> None: ...
    def open_in_window(self) -> None: ...
    def reply(self) -> None: ...
    def write_note(self) -> None: ...
    def log_call(self) -> None: ...
    def pick_assignee(self) -> None: ...
    def assign_to_me(self) -> None: ...
    def pick_status(self) -> None: ...
    def resolve(self) -> None: ...
    def reopen(self) -> None: ...
    def pick_snooze(self) -> None: ...
    def pick_tags(self) -> None: ...
    def pick_priority(self) -> None: ...
    def pick_macro(self) -> None: ...
    def mark_unread(self) -> None: ...
    def mark_read(self) -> None: ...
    def hold(self, held: bool) -> None: ...
    def join(self) -> None: ...
    def keep_apart(self) -> None: ...
    def pick_merge(self) -> None: ...
    def take_apart(self) -> None: ...
    def toggle_check(self) -> None: ...
    def check_all(self) -> None: ...
    def step(self, distance: int) -> None: ...


def _in_list(state: UiState) -> bool:
    return state.place is Place.LIST


def _on_inbox(state: UiState) -> bool:
    return state.screen is ScreenName.INBOX


def _opened(state: UiState) -> bool:
    return state.opened and state.screen is ScreenName.INBOX


def _suggested(state: UiState) -> bool:
    return state.suggested and _opened(state)


def _merged(state: UiState) -> bool:
    return state.merged and _opened(state)


def _acts(state: UiState) -> bool:
    return has_targets(state) and state.screen is ScreenName.INBOX


def conversation_commands(target: ConversationTarget) -> tuple[Command, ...]:
    """The Conversation menu, and what of it only keys and the palette offer."""
    menu = Menu.CONVERSATION
    return (
        Command(
            id="conversation.open",
            title="Open",
            run=target.open_selected,
            keys=("Return", "Enter"),
            menu=menu,
            when=_in_list,
        ),
        Command(
            id="conversation.open_window",
            title="Open in a window of its own",
            run=target.open_in_window,
            keys=("Shift+Return",),
            menu=menu,
            icon=IconName.WINDOW,
            when=_opened,
        ),
        Command(
            id="conversation.next",
            title="Next conversation",
            run=lambda: target.step(1),
            keys=("J",),
            menu=menu,
            when=_on_inbox,
        ),
        Command(
            id="conversation.previous",
            title="Previous conversation",
            run=lambda: target.step(-1),
            keys=("K",),
            menu=menu,
            when=_on_inbox,
        ),
        Command(
            id="conversation.reply",
            permission=Permission.CONVERSATION_REPLY,
            title="Reply",
            run=target.reply,
            keys=("R",),
            menu=menu,
            group=1,
            icon=IconName.REPLY,
            when=_opened,
            words="answer write",
        ),
        Command(
            id="conversation.note",
            permission=Permission.CONVERSATION_NOTE,
            title="Write a note",
            run=target.write_note,
            keys=("N",),
            menu=menu,
            group=1,
            icon=IconName.NOTE,
            when=_opened,
            words="internal comment",
        ),
        Command(
            id="conversation.log_call",
            permission=Permission.CALL_LOG,
            title="Log a call…",
            run=target.log_call,
            keys=("L",),
            menu=menu,
            group=1,
            icon=IconName.PHONE,
            when=_opened,
            words="phone telephone",
        ),
        Command(
            id="conversation.macro",
            title="Run a macro…",
            run=target.pick_macro,
            keys=("M",),
            menu=menu,
            group=1,
            icon=IconName.BOLT,
            when=_acts,
        ),
        Command(
            id="conversation.assign",
            permission=Permission.CONVERSATION_ASSIGN,
            title="Assign…",
            run=target.pick_assignee,
            keys=("A",),
            menu=menu,
            group=2,
            icon=IconName.USER_PLUS,
            when=_acts,
            words="give team colleague",
        ),
        Command(
            id="conversation.assign_to_me",
            permission=Permission.CONVERSATION_ASSIGN,
            title="Assign to me",
            run=target.assign_to_me,
            keys=("I",),
            menu=menu,
            group=2,
            icon=IconName.USER,
            when=_acts,
            words="take mine",
        ),
        Command(
            id="conversation.status",
            permission=Permission.CONVERSATION_EDIT,
            title="Set status…",
            run=target.pick_status,
            keys=("S",),
            menu=menu,
            group=2,
            when=_acts,
            words="open pending hold solved closed",
        ),
        Command(
            id="conversation.resolve",
            permission=Permission.CONVERSATION_EDIT,
            title="Resolve",
            run=target.resolve,
            keys=("E",),
            menu=menu,
            group=2,
            icon=IconName.CHECK,
            when=_acts,
            words="solve done close",
        ),
        Command(
            id="conversation.reopen",
            permission=Permission.CONVERSATION_EDIT,
            title="Reopen",
            run=target.reopen,
            keys=("Shift+E",),
            menu=menu,
            group=2,
            when=_acts,
        ),
        Command(
            id="conversation.snooze",
            permission=Permission.CONVERSATION_EDIT,
            title="Snooze…",
            run=target.pick_snooze,
            keys=("Z",),
            menu=menu,
            group=2,
            icon=IconName.CLOCK,
            when=_acts,
            words="later remind wake",
        ),
        Command(
            id="conversation.tags",
            permission=Permission.CONVERSATION_EDIT,
            title="Tags…",
            run=target.pick_tags,
            keys=("T",),
            menu=menu,
            group=2,
            icon=IconName.TAG,
            when=_acts,
            words="label",
        ),
        Command(
            id="conversation.priority",
            permission=Permission.CONVERSATION_EDIT,
            title="Set priority…",
            run=target.pick_priority,
            keys=("P",),
            menu=menu,
            group=2,
            icon=IconName.FLAG,
            when=_acts,
            words="urgent",
        ),
        Command(
            id="conversation.join",
            permission=Permission.CONVERSATION_MERGE,
            title="Join with the suggested conversation",
            run=target.join,
            keys=("Y",),
            menu=menu,
            group=3,
            when=_suggested,
            words="yes same match belong merge",
        ),
        Command(
            id="conversation.keep_apart",
            permission=Permission.CONVERSATION_EDIT,
            title="Keep apart from the suggested conversation",
            run=target.keep_apart,
            keys=("Shift+Y",),
            menu=menu,
            group=3,
            when=_suggested,
            words="no different dismiss match",
        ),
        Command(
            id="conversation.merge",
            permission=Permission.CONVERSATION_MERGE,
            title="Merge into…",
            run=target.pick_merge,
            keys=("Shift+M",),
            menu=menu,
            group=3,
            when=_acts,
            words="join combine duplicate same",
        ),
        Command(
            id="conversation.take_apart",
            permission=Permission.CONVERSATION_MERGE,
            title="Take apart",
            run=target.take_apart,
            menu=menu,
            group=3,
            when=_merged,
            words="unmerge separate undo merge",
        ),
        Command(
            id="conversation.unread",
            title="Mark as unread",
            run=target.mark_unread,
            keys=("U",),
            menu=menu,
            group=4,
            when=_acts,
        ),
        Command(
            id="conversation.read",
            title="Mark as read",
            run=target.mark_read,
            keys=("Shift+U",),
            menu=menu,
            group=4,
            when=_acts,
        ),
        Command(
            id="conversation.hold",
            permission=Permission.RETENTION_MANAGE,
            title="Hold for the law",
            run=partial(target.hold, True),
            menu=menu,
            group=5,
            icon=IconName.LOCK,
            when=_acts,
            words="legal keep retention litigation",
        ),
        Command(
            id="conversation.end_hold",
            permission=Permission.RETENTION_MANAGE,
            title="End legal hold",
            run=partial(target.hold, False),
            menu=menu,
            group=5,
            when=_acts,
        ),
        Command(
            id="list.check",
            title="Select conversation",
            run=target.toggle_check,
            keys=("X",),
            menu=Menu.EDIT,
            group=1,
            when=_on_inbox,
            words="check bulk several",
        ),
        Command(
            id="list.check_all",
            title="Select all conversations",
            run=target.check_all,
            keys=("Ctrl+A",),
            menu=Menu.EDIT,
            group=1,
            when=_in_list,
            words="check bulk everything",
        ),
    )
