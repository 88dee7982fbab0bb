"""The page of people: who works here, as what, in which teams."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QWidget

from agent_desktop.domain.ids import Id
from agent_desktop.domain.workspace import Role, User
from agent_desktop.services.administration import Invitation
from ui.context import UiContext
from ui.icon_names import IconName
from ui.models.administration_forms import PersonForm, person_form
from ui.models.administration_text import PEOPLE, ROLE_WORDS, role_title
from ui.models.moment_text import full_text
from ui.screens.administration.staff_page import PageWords, StaffDialog, StaffPage
from ui.viewmodels.invitations import InvitationsViewModel
from ui.viewmodels.staff import StaffViewModel
from ui.widgets.buttons import Button
from ui.widgets.form_dialog import CheckList, choice
from ui.widgets.invitations_card import InvitationsCard
from ui.widgets.link_dialog import LinkDialog

_SENTENCE = "Whoever is disabled cannot sign in any more, on any device, at once. What they did stays under their name."

_LINK = (
    "Whoever has this link chooses the password of {name}: give it to nobody else. It works once, until {until}, and"
    " cannot be shown again. Links that were made before are good no longer."
)
_OWN = "A role of your own: the page of roles shows what it allows."
_WORDS = PageWords(
    title="People",
    sentence=_SENTENCE,
    find="Find by name, team or role",
    edit="Edit person",
    add="Add person",
    add_icon=IconName.USER_PLUS,
)


class PeoplePage(StaffPage):
    """Everybody, with a dialog for one."""

    def __init__(self, context: UiContext, staff: StaffViewModel, parent: QWidget | None = None) -> None:
        self.invite = Button(context.theme, "Invitation link…", icon=IconName.LINK)
        super().__init__(context, staff, _WORDS, PEOPLE, PersonDialog, parent)
        self.head.add_button(self.invite, first=True)
        self.invitations = InvitationsViewModel(context, self)
        self.card = InvitationsCard(context.theme, self.invitations, self)
        self.foot.addWidget(self.card)
        self.invite.clicked.connect(lambda: self._invite(staff.user(self.table.current)))
        self.card.renew_wanted.connect(lambda key: self._invite(self.invitations.invited(key)))

    def fill(self) -> None:
        self.offer(self._staff.people)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.invitations.look()

    def _invite(self, user: User | None) -> None:
        if user is not None:
            self.invitations.invite(user, lambda invitation: self._show_link(user, invitation))

    def _show_link(self, user: User, invitation: Invitation) -> None:
        LinkDialog(
            self._context.theme,
            f"Invitation for {user.name}",
            _LINK.format(name=user.name, until=full_text(invitation.expires_at)),
            invitation.link,
            self.window(),
        ).open()


class PersonDialog(StaffDialog):
    """Name, e-mail address, role, teams, and whether they work here."""

    def __init__(
        self, context: UiContext, staff: StaffViewModel, row_id: Id, parent: QWidget | None = None
    ) -> None:
        user = staff.user(row_id)
        form = PersonForm() if user is None else person_form(user)
        super().__init__(context, staff, row_id, form.name or "Add person", parent)
        self._form = form
        self.name = QLineEdit(form.name, self)
        self.email = QLineEdit(form.email, self)
        self.email.setPlaceholderText("maya@example.com")
        # A role of the workspace's own stands for itself by its id, a built-in one by its name.
        options = [(role.value, role_title(role)) for role in staff.roles]
        options += [(role.id, role.name) for role in staff.givable_roles]
        now = form.custom_role_id or form.role.value
        may_change = any(key == now for key, _ in options)
        if not may_change:
            options.append((now, role_title(form.role)))
        self.role = choice(options, now, self)
        self.role.setEnabled(may_change)
        self.teams = CheckList(
            "Teams", ((team.id, team.name) for team in staff.open_teams), form.team_ids, self
        )
        self.active = QCheckBox("Works here and may sign in", self)
        self.active.setChecked(form.active)
        self.add("Name", self.name)
        self.add("E-mail address, to sign in with", self.email)
        self.add("Role", self.role)
        self._words = self.add_words("")
        self.add("Teams", self.teams)
        self.add("", self.active)
        self.role.currentIndexChanged.connect(self._explain)
        self._explain()

    @property
    def form(self) -> PersonForm:
        """What stands in the fields."""
        kept = tuple(team_id for team_id in self._form.team_ids if team_id not in self._offered)
        return PersonForm(
            name=self.name.text(),
            email=self.email.text(),
            role=self._form.role if self._own_role else Role(self.role.currentData()),
            custom_role_id=self._own_role,
            team_ids=(*self.teams.chosen, *kept),
            signature=self._form.signature,
            active=self.active.isChecked(),
        )

    @property
    def _own_role(self) -> Id:
        """The role of the workspace's own that is chosen; "" for a built-in one."""
        chosen = str(self.role.currentData())
        return "" if chosen in {role.value for role in Role} else chosen

    @property
    def _offered(self) -> set[str]:
        return set(self.teams.keys)

    def _explain(self) -> None:
        own = self._own_role
        self._words.setText(_OWN if own else ROLE_WORDS.get(Role(self.role.currentData()), ""))
