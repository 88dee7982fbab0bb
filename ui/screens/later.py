"""What a window needs only later: loading it with the window would make every start longer by a fifth.

It is loaded when it is first wanted, or before that in the background, once the window is there.
"""

from typing import TYPE_CHECKING

from ui.context import UiContext

if TYPE_CHECKING:
    from ui.screens.administration.screen import AdministrationScreen
    from ui.screens.customers import CustomersScreen
    from ui.screens.knowledge import KnowledgeScreen
    from ui.screens.outbox import OutboxScreen
    from ui.screens.search import SearchScreen


def search_screen(context: UiContext) -> "SearchScreen":
    """A new search screen."""
    from ui.screens.search import SearchScreen

    return SearchScreen(context)


def customers_screen(context: UiContext) -> "CustomersScreen":
    """A new customers screen."""
    from ui.screens.customers import CustomersScreen

    return CustomersScreen(context)


def knowledge_screen(context: UiContext) -> "KnowledgeScreen":
    """A new knowledge screen."""
    from ui.screens.knowledge import KnowledgeScreen

    return KnowledgeScreen(context)


def outbox_screen(context: UiContext) -> "OutboxScreen":
    """A new outbox screen."""
    from ui.screens.outbox import OutboxScreen

    return OutboxScreen(context)


def administration_screen(context: UiContext) -> "AdministrationScreen":
    """A new screen of administration."""
    from ui.screens.administration.screen import AdministrationScreen

    return AdministrationScreen(context)


def load_window() -> None:
    """Load the modules of what a window has besides its list, on any thread: nothing is made yet."""
    import ui.screens.window_rest  # noqa: F401 - for what importing does


def load() -> None:
    """Load the modules of the other screens, on any thread: nothing is made yet."""
    import markdown_it  # noqa: F401 - for what importing does

    import ui.screens.administration.screen
    import ui.screens.customers
    import ui.screens.knowledge
    import ui.screens.outbox
    import ui.screens.search
    import ui.widgets.help_sheet
    import ui.widgets.settings_dialog  # noqa: F401 - for what importing does
