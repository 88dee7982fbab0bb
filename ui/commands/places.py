"""Commands that go somewhere: screens, views, panes, the palette."""

from functools import partial
from typing import Protocol

from ui.commands.command import Command, Menu, UiState
from ui.icon_names import IconName
from ui.navigator import ScreenName

NUMBERED_VIEWS = 9


class PlaceTarget(Protocol):
    """Where a window can go."""

    def open_palette(self, text: str = "") -> None: ...
    def search(self) -> None: ...
    def show_screen(self, name: ScreenName) -> None: ...
    def show_view(self, key: str) -> None: ...
    def show_numbered_view(self, number: int) -> None: ...
    def cycle_panes(self, step: int) -> None: ...
    def go_back(self) -> None: ...


def _numbered(target: PlaceTarget, number: int) -> Command:
    return Command(
        id=f"go.view_{number}",
        title=f"Go to view {number}",
        run=partial(target.show_numbered_view, number),
        keys=(f"Ctrl+{number}",),
        menu=None,
        in_text=True,
        in_palette=False,
    )


def _with_views(state: UiState) -> bool:
    return state.views_exist


def place_commands(target: PlaceTarget) -> tuple[Command, ...]:
    """The Go menu, searching, and moving between panes."""
    menu = Menu.GO
    return (
        Command(
            id="go.palette",
            title="Command palette",
            run=target.open_palette,
            keys=("Ctrl+K",),
            menu=menu,
            icon=IconName.KEYBOARD,
            in_text=True,
            in_palette=False,
        ),
        Command(
            id="go.search",
            title="Search everything",
            run=target.search,
            keys=("Ctrl+F",),
            menu=menu,
            icon=IconName.SEARCH,
            in_text=True,
            words="find",
        ),
        Command(
            id="go.inbox",
            title="Inbox",
            run=partial(target.show_screen, ScreenName.INBOX),
            keys=("G, I",),
            menu=menu,
            group=1,
            icon=IconName.INBOX,
        ),
        Command(
            id="go.mine",
            title="Assigned to me",
            run=partial(target.show_view, "mine"),
            keys=("G, M",),
            menu=menu,
            group=1,
            icon=IconName.USER,
            when=_with_views,
        ),
        Command(
            id="go.unassigned",
            title="Unassigned",
            run=partial(target.show_view, "unassigned"),
            keys=("G, U",),
            menu=menu,
            group=1,
            icon=IconName.INBOX,
            when=_with_views,
        ),
        Command(
            id="go.drafts",
            title="Drafts",
            run=partial(target.show_view, "drafts"),
            keys=("G, D",),
            menu=menu,
            group=1,
            icon=IconName.PENCIL,
            when=_with_views,
        ),
        Command(
            id="go.customers",
            title="Customers",
            run=partial(target.show_screen, ScreenName.CUSTOMERS),
            keys=("G, C",),
            menu=menu,
            group=2,
            icon=IconName.USERS,
        ),
        Command(
            id="go.knowledge",
            title="Knowledge base",
            run=partial(target.show_screen, ScreenName.KNOWLEDGE),
            keys=("G, K",),
            menu=menu,
            group=2,
            icon=IconName.BOOK,
            words="articles help",
        ),
        Command(
            id="go.outbox",
            title="Outbox",
            run=partial(target.show_screen, ScreenName.OUTBOX),
            keys=("G, O",),
            menu=menu,
            group=2,
            icon=IconName.OUTBOX,
            words="waiting to send failed",
        ),
        Command(
            id="go.administration",
            title="Administration",
            run=partial(target.show_screen, ScreenName.ADMINISTRATION),
            keys=("G, A",),
            menu=menu,
            group=2,
            icon=IconName.SHIELD,
            when=lambda state: state.administers,
            words="people users roles teams channels devices audit retention",
        ),
        Command(
            id="go.next_pane",
            title="Next pane",
            run=partial(target.cycle_panes, 1),
            keys=("F6",),
            menu=menu,
            group=3,
            in_text=True,
            in_palette=False,
        ),
        Command(
            id="go.previous_pane",
            title="Previous pane",
            run=partial(target.cycle_panes, -1),
            keys=("Shift+F6",),
            menu=menu,
            group=3,
            in_text=True,
            in_palette=False,
        ),
        Command(
            id="go.back",
            title="Back to the list",
            run=target.go_back,
            keys=("Esc",),
            menu=menu,
            group=3,
            in_palette=False,
        ),
        *(_numbered(target, number) for number in range(1, NUMBERED_VIEWS + 1)),
    )
