"""Administration: the list of its pages at the left, the chosen one at the right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from agent_desktop.domain.permissions import Permission
from ui.context import UiContext
from ui.delegates.row_look import RowShape
from ui.fonts import FontRole, scaled
from ui.icon_names import IconName
from ui.models.row_look import RowLook, Run
from ui.screens.administration.audit import AuditPage
from ui.screens.administration.channels import ChannelsPage
from ui.screens.administration.data_requests import DataRequestsPage
from ui.screens.administration.devices import DevicesPage
from ui.screens.administration.people import PeoplePage
from ui.screens.administration.roles import RolesPage
from ui.screens.administration.teams import TeamsPage
from ui.screens.administration.workspace import WorkspacePage
from ui.screens.stepwise import Stepwise
from ui.styling import set_ground
from ui.tokens import ColorRole
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.empty_state import EmptyState
from ui.widgets.row_list import RowList
from ui.widgets.safe_text import SafeLabel
from ui.widgets.splitters import Separator

_NAV_WIDTH = 188
_SHAPE = RowShape(margin=12, padding=7, bar=True)


@dataclass(frozen=True, slots=True)
class Page:
    """A page: what it is called, its icon, and the permissions of which each shows it."""

    key: str
    title: str
    icon: IconName
    permissions: tuple[Permission, ...]
    make: Callable[[UiContext, StaffViewModel], QWidget]


PAGES: tuple[Page, ...] = (
    Page("people", "People", IconName.USER, (Permission.USERS_MANAGE,), PeoplePage),
    Page("roles", "Roles", IconName.SHIELD, (Permission.ROLES_MANAGE, Permission.USERS_MANAGE), RolesPage),
    Page("teams", "Teams", IconName.USERS, (Permission.TEAMS_MANAGE,), TeamsPage),
    Page("channels", "Channels", IconName.MAIL, (Permission.CHANNELS_MANAGE,), ChannelsPage),
    Page(
        "devices",
        "Devices",
        IconName.WINDOW,
        (Permission.DEVICES_MANAGE,),
        lambda context, staff: DevicesPage(context),
    ),
    Page(
        "workspace",
        "Workspace",
        IconName.ARCHIVE,
        (Permission.WORKSPACE_MANAGE, Permission.RETENTION_MANAGE),
        lambda context, staff: WorkspacePage(context),
    ),
    Page("audit", "Audit log", IconName.LIST, (Permission.AUDIT_READ,), AuditPage),
    Page(
        "data",
        "Data requests",
        IconName.FILE,
        (Permission.CUSTOMER_EXPORT, Permission.CUSTOMER_ERASE),
        lambda context, staff: DataRequestsPage(context),
    ),
)


def pages_of(staff: StaffViewModel) -> tuple[Page, ...]:
    """The pages that this user may open."""
    return tuple(page for page in PAGES if any(map(staff.may, page.permissions)))


class AdministrationScreen(Stepwise):
    """Shows the pages that the user's role opens; each is made when it is first chosen."""

    def __init__(self, context: UiContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.staff = StaffViewModel(context, self)
        self._made: dict[str, QWidget] = {}

    def make_parts(self) -> Iterator[None]:
        themes = self._context.theme
        side = QWidget(self)
        side.setFixedWidth(scaled(_NAV_WIDTH))
        themes.changed.connect(lambda: side.setFixedWidth(scaled(_NAV_WIDTH)))
        set_ground(side, ColorRole.SURFACE)
        self.list = RowList(themes, "Pages of administration", _SHAPE, parent=side)
        self.list.chosen.connect(self._on_chosen)
        title = SafeLabel("Administration", FontRole.STRONG, parent=side)
        title.setContentsMargins(12, 14, 12, 8)
        left = QVBoxLayout(side)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(0)
        left.addWidget(title)
        left.addWidget(self.list, 1)
        self._pages = QStackedWidget(self)
        self._nothing = EmptyState(
            themes,
            IconName.LOCK,
            "Nothing to administer",
            "Your role opens none of these pages. Ask an administrator if you need one.",
            parent=self._pages,
        )
        self._pages.addWidget(self._nothing)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(side)
        layout.addWidget(Separator(Qt.Orientation.Vertical, self))
        layout.addWidget(self._pages, 1)
        self.staff.changed.connect(self._show_list)
        yield
        self._show_list()

    def activate(self) -> None:
        """Put the keyboard into the list of pages."""
        self.list.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_page(self, key: str) -> QWidget | None:
        """Go to a page, if this user may open it."""
        return self._made.get(key) if self.list.choose(key) else None

    def _show_list(self) -> None:
        pages = pages_of(self.staff)
        self.list.show_rows(
            RowLook(key=page.key, title=(Run(page.title),), sentence=page.title, icon=page.icon)
            for page in pages
        )
        if not pages:
            self._pages.setCurrentWidget(self._nothing)
        elif self.list.current is None:
            self.list.choose_first()

    def _on_chosen(self, row: RowLook | None) -> None:
        page = next((page for page in PAGES if row is not None and page.key == row.key), None)
        if page is None:
            return
        if page.key not in self._made:
            made = self._made[page.key] = page.make(self._context, self.staff)
            self._pages.addWidget(made)
        self._pages.setCurrentWidget(self._made[page.key])
