"""Open invitations: who has one, withdrawing it, and a new link instead."""

from datetime import timedelta

import pytest

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.workspace import User
from agent_desktop.services.administration import Invitation
from tests.ui.conftest import Room
from tests.ui.invitations import inviting
from ui.viewmodels.invitations import INVITED_DAYS, InvitationsViewModel


@pytest.fixture
def model(room: Room, monkeypatch: pytest.MonkeyPatch) -> InvitationsViewModel:
    monkeypatch.setitem(vars(room.world.desk), "administration", inviting(room.world))
    return InvitationsViewModel(room.context)


@pytest.fixture
def ben(room: Room) -> User:
    user = room.world.desk.directory.user(room.world.add_user("Ben Okoro"))
    assert user is not None
    return user


def words(model: InvitationsViewModel) -> list[str]:
    return [row.cells[0].text for row in model.rows]


def test_an_invitation_is_listed_until_it_is_withdrawn(
    room: Room, model: InvitationsViewModel, ben: User
) -> None:
    model.look()
    assert model.rows == ()
    made: list[Invitation] = []
    model.invite(ben, made.append)
    assert words(model) == ["Ben Okoro"]
    assert model.rows[0].cells[1].text == room.world.desk.directory.me.name
    (invitation,) = made
    assert model.invited(invitation.id) == ben
    room.prompts.yes = False
    model.ask_withdraw(invitation.id)
    assert words(model) == ["Ben Okoro"]
    room.prompts.yes = True
    model.ask_withdraw(invitation.id)
    assert words(model) == []
    assert room.navigator.messages[-1][0] == "The invitation of Ben Okoro is withdrawn."


def test_a_new_link_takes_the_place_of_the_old_one(model: InvitationsViewModel, ben: User) -> None:
    made: list[Invitation] = []
    model.invite(ben, made.append)
    model.invite(ben, made.append)
    assert [row.key for row in model.rows] == [made[1].id]
    assert model.invited(made[0].id) is None


def test_what_has_expired_is_open_no_longer(room: Room, model: InvitationsViewModel, ben: User) -> None:
    model.invite(ben, lambda made: None)
    room.world.clock.advance(timedelta(days=INVITED_DAYS, seconds=1))
    assert model.rows == ()


def test_why_they_cannot_be_shown_is_said(
    room: Room, model: InvitationsViewModel, ben: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away:
        def invitations(self) -> tuple[Invitation, ...]:
            raise InputError("The server cannot be reached now.")

    model.invite(ben, lambda made: None)
    monkeypatch.setitem(vars(room.world.desk), "administration", Away())
    model.look()
    assert (model.problem, model.rows) == ("The server cannot be reached now.", ())
