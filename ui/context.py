"""What every screen, pane and dialog of a window is given: the desk it works at and the window's own services."""

from dataclasses import dataclass

from agent_desktop.context import Desk
from ui.icons import Icons
from ui.navigator import Navigator
from ui.pictures import PictureReader
from ui.prompts import Prompts
from ui.relay import Relay
from ui.tasks import Tasks
from ui.theme import ThemeManager
from ui.viewmodels.draft_book import DraftBook
from ui.viewmodels.draft_sharer import DraftSharer


@dataclass(frozen=True, slots=True, kw_only=True)
class UiContext:
    """One per window; `prompts` and `navigator` are the window's, everything else is shared by all windows.

    `changes.received` carries each `ChangeSet`, `sync_changes.received` each `SyncStatus`, `draft_changes.received` the
    id of each conversation in which something is being written, `presence_changes.received` the ids of conversations
    in which others are than before (none: in all), all on the GUI thread. The changes of a write arrive before its
    result does. `drafts` is everything that is being written, and `sharer` shows it on other devices.
    `pictures` decodes those of strangers.
    """

    desk: Desk
    tasks: Tasks
    changes: Relay
    sync_changes: Relay
    draft_changes: Relay
    presence_changes: Relay
    drafts: DraftBook
    sharer: DraftSharer
    theme: ThemeManager
    prompts: Prompts
    navigator: Navigator
    pictures: PictureReader

    @property
    def icons(self) -> Icons:
        """The icons in the colours of the theme in use."""
        return self.theme.icons
