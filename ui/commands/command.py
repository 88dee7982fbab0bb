"""What a command is, and what the window tells about itself so that commands know when they apply."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from agent_desktop.domain.permissions import GRANTABLE, Permission
from ui.icon_names import IconName
from ui.navigator import ScreenName


class Menu(StrEnum):
    """The menus of the menu bar, in order. Each value is the title, with its mnemonic."""

    FILE = "&File"
    EDIT = "&Edit"
    CONVERSATION = "&Conversation"
    VIEW = "&View"
    GO = "&Go"
    HELP = "&Help"

    @property
    def words(self) -> str:
        """The title without the mark of the mnemonic."""
        return self.value.replace("&", "")


class Place(StrEnum):
    """Where in the window the keyboard is."""

    LIST = "list"
    VIEWS = "views"
    CONVERSATION = "conversation"
    CONTEXT = "context"
    ELSEWHERE = "elsewhere"


class Check(StrEnum):
    """Whether a command is a switch that shows a mark, and which one."""

    NONE = "none"
    MARK = "mark"
    ONE_OF = "one_of"
    """One of its group is marked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UiState:
    """What commands may depend on. `targets` counts the conversations that they would act on."""

    screen: ScreenName = ScreenName.INBOX
    place: Place = Place.ELSEWHERE
    targets: int = 0
    opened: bool = False
    suggested: bool = False
    """Whether the open conversation may belong to another one."""
    merged: bool = False
    """Whether the open conversation was made of several."""
    can_undo: bool = False
    views_exist: bool = True
    """Whether the window has views and lists: one for a single conversation has none."""
    administers: bool = False
    """Whether the user's role opens a page of administration."""
    allowed: frozenset[Permission] = GRANTABLE
    """What the user may do somewhere. Where exactly is for the operation to find out."""
    signed_out: bool = False
    """Whether the server wants the user to sign in again."""
    marked: frozenset[str] = frozenset()
    """Ids of the commands that show a mark."""


def always(state: UiState) -> bool:
    """For commands that apply everywhere."""
    return True


def has_targets(state: UiState) -> bool:
    """For commands that act on the selected or opened conversations."""
    return state.targets > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One thing a person can do, by menu, palette or key.

    `keys` are the default keys in Qt's portable form ("Ctrl+K", "G, M"), the first one is shown. A key acts inside
    text fields only with `in_text`. `group` separates entries of a menu by a line. `words` are found by the palette
    beside the title. `permission` is what its user must hold.
    """

    id: str
    title: str
    run: Callable[[], None]
    keys: tuple[str, ...] = ()
    menu: Menu | None = None
    group: int = 0
    icon: IconName | None = None
    when: Callable[[UiState], bool] = always
    in_text: bool = False
    check: Check = Check.NONE
    words: str = ""
    in_palette: bool = True
    permission: Permission | None = None

    def is_allowed(self, state: UiState) -> bool:
        """Whether the user's role allows it at all."""
        return self.permission is None or self.permission in state.allowed

    def applies(self, state: UiState) -> bool:
        """Whether it can be run now."""
        return self.is_allowed(state) and self.when(state)
