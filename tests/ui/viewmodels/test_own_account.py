"""One's own password and devices: what is asked of the server, and what is said of its answers."""

from datetime import timedelta

import pytest

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.services.own_account import OwnDevice, SignInFirst
from tests.factories import an_id
from tests.fakes import START
from tests.ui.conftest import Room
from ui.viewmodels.own_account import OwnAccountViewModel

LAPTOP, TABLET, OLD = an_id("laptop"), an_id("tablet"), an_id("old")


def device(device_id: Id, name: str, *, this: bool = False, signed_in: bool = True) -> OwnDevice:
    return OwnDevice(
        id=device_id,
        name=name,
        os="Linux 6.1",
        seen_at=START - timedelta(days=3),
        pending=None,
        signed_in=signed_in,
        this=this,
    )


class Account:
    """An account that knows one password, at a server that answers or does not."""

    def __init__(self) -> None:
        self.password = "the old one"
        self.others_signed_out: bool | None = None
        self.known = [
            device(OLD, "Old laptop", signed_in=False),
            device(TABLET, "Tablet"),
            device(LAPTOP, "Laptop", this=True),
        ]
        self.problem = ""
        self.signed_in_just_now = True

    def change_password(self, current: str, new: str, *, sign_out_others: bool) -> None:
        if current != self.password:
            raise InputError("The current password is not right. Nothing was changed.")
        self.password, self.others_signed_out = new, sign_out_others

    def devices(self) -> tuple[OwnDevice, ...]:
        if self.problem:
            raise InputError(self.problem)
        return tuple(self.known)

    def sign_out(self, device_id: Id) -> None:
        if not self.signed_in_just_now:
            raise SignInFirst("Sign in on this one again first.")
        self.known = [
            device(one.id, one.name, this=one.this, signed_in=one.signed_in and one.id != device_id)
            for one in self.known
        ]


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def model(room: Room, account: Account) -> OwnAccountViewModel:
    return OwnAccountViewModel(room.context, lambda: account)


def states(model: OwnAccountViewModel) -> dict[str, str]:
    return {row.cells[0].text: row.cells[2].text for row in model.rows}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("", "new one", "new one"), "current"),
        (("old", "", ""), "new password"),
        (("old", "new one", "new on"), "not the same"),
        (("old", "new one", ""), "not the same"),
        (("old", "new one", "new one"), ""),
    ],
)
def test_what_is_missing_is_said_before_the_server_is_asked(typed: tuple[str, str, str], words: str) -> None:
    problem = OwnAccountViewModel.password_problem(*typed)
    assert words in problem
    assert bool(problem) == bool(words)


@pytest.mark.parametrize("others", [True, False])
def test_a_password_is_changed(
    room: Room, model: OwnAccountViewModel, account: Account, others: bool
) -> None:
    changed: list[bool] = []
    model.password_changed.connect(lambda: changed.append(True))
    model.change_password("the old one", "the new one", others)
    assert changed == [True]
    assert (account.password, account.others_signed_out) == ("the new one", others)
    assert ("other devices" in room.navigator.messages[-1][0]) is others


def test_what_the_server_refuses_is_said(model: OwnAccountViewModel, account: Account) -> None:
    said: list[str] = []
    model.refused.connect(said.append)
    model.change_password("a guess", "the new one", True)
    assert said == ["The current password is not right. Nothing was changed."]
    assert account.password == "the old one"


def test_this_computer_comes_first_and_is_not_signed_out_here(model: OwnAccountViewModel) -> None:
    model.look()
    assert list(states(model).items()) == [
        ("Laptop", "This computer"),
        ("Tablet", "Signed in"),
        ("Old laptop", "Signed out"),
    ]
    assert [model.can_sign_out(one) for one in (LAPTOP, TABLET, OLD, "")] == [False, True, False, False]


def test_a_device_is_signed_out_after_a_question(
    room: Room, model: OwnAccountViewModel, account: Account
) -> None:
    model.look()
    room.prompts.yes = False
    model.ask_sign_out(TABLET)
    assert states(model)["Tablet"] == "Signed in"
    room.prompts.yes = True
    model.ask_sign_out(TABLET)
    assert states(model)["Tablet"] == "Signed out"
    assert room.navigator.messages[-1][0] == "Tablet is signed out."
    asked = len(room.prompts.questions)
    model.ask_sign_out(LAPTOP)
    assert len(room.prompts.questions) == asked


def test_who_has_to_sign_in_first_is_asked_to_and_then_it_goes_on(
    room: Room, model: OwnAccountViewModel, account: Account
) -> None:
    model.look()
    account.signed_in_just_now = False
    wanted: list[str] = []
    model.sign_in_wanted.connect(wanted.append)
    model.ask_sign_out(TABLET)
    assert (wanted, states(model)["Tablet"]) == (["Sign in on this one again first."], "Signed in")
    account.signed_in_just_now = True
    model.go_on()
    assert states(model)["Tablet"] == "Signed out"
    assert len(room.prompts.questions) == 1, "asked once"
    account.known = [device(OLD, "Old laptop"), device(LAPTOP, "Laptop", this=True)]
    model.look()
    model.go_on()
    assert states(model)["Old laptop"] == "Signed in", "nothing was put off any more"


def test_without_the_server_the_reason_is_shown_and_nothing_old(
    model: OwnAccountViewModel, account: Account
) -> None:
    model.look()
    account.problem = "The server cannot be reached now."
    model.look()
    assert (model.problem, model.rows, model.loading) == (account.problem, (), False)
    account.problem = ""
    model.look()
    assert model.problem == ""
    assert len(model.rows) == 3


def test_a_workspace_on_this_computer_alone_says_so(room: Room) -> None:
    model = OwnAccountViewModel(room.context)
    model.look()
    assert "this computer alone" in model.problem
