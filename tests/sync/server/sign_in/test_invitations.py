"""People are invited by a link: it works once, for a time, and never gives more than who made it holds."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.operations.workspace import SaveUser
from agent_desktop.domain.workspace import Role
from sync.protocol.administration import (
    AuditPage,
    Invitation,
    Invitations,
    ManagedDevices,
    NewInvitation,
)
from tests.factories import ADMIN, ANNA, SUPERVISOR, an_id
from tests.sync.files import TEMPLATES
from tests.sync.server.team import Team, running

NEW = an_id("new")
EMAIL, CHOSEN = "new@example.org", "a long night in winter"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def team(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Team]:
    if request.param == "sqlite":
        database = TEMPLATES.server(tmp_path / "server.db")
    else:
        database = TEMPLATES.postgres(request.getfixturevalue("postgres"))
    with running(database, tmp_path / "blobs") as team:
        team.backend.store.commit([SaveUser(user_id=NEW, name="Nia New", email=EMAIL)])
        yield team


def invited(team: Team, by: str = ADMIN.id, user_id: str = NEW, days: int = 7) -> Invitation:
    wanted = NewInvitation(user_id=user_id, days=days)
    return team.client(by).post("/v1/admin/invitations", wanted, Invitation)


def token_of(invitation: Invitation) -> str:
    return parse_qs(urlsplit(invitation.link).query)["token"][0]


def accept(team: Team, token: str, password: str = CHOSEN, again: str = CHOSEN) -> str:
    answer = team.caller(None).ask(
        "POST", "/invite", data={"token": token, "password": password, "again": again}
    )
    assert answer.headers["Content-Type"].startswith("text/html")
    return answer.text


def signs_in(team: Team) -> bool:
    return team.accounts.verified(EMAIL, CHOSEN) == NEW


def actions(team: Team) -> list[str]:
    page = team.client(ADMIN.id).get("/v1/audit", AuditPage)
    return [entry.action for entry in page.entries if entry.action.startswith("invitation")]


def test_whoever_has_the_link_chooses_a_password_and_signs_in(team: Team) -> None:
    invitation = invited(team)
    path = invitation.link.removeprefix(team.address)
    assert path.startswith("/invite?token=ad_in_")
    page = team.caller(None).ask("GET", path)
    assert page.status_code == 200
    assert EMAIL in page.text
    assert not signs_in(team)
    assert "not the same" in accept(team, token_of(invitation), again="something else")
    assert "10 to" in accept(team, token_of(invitation), "short", "short")
    assert not signs_in(team)
    assert "Welcome" in accept(team, token_of(invitation))
    assert signs_in(team)
    assert actions(team) == [AuditAction.INVITATION_ACCEPTED, AuditAction.INVITATION_MADE]


def test_a_link_works_once_and_its_text_is_kept_nowhere(team: Team) -> None:
    invitation = invited(team)
    accept(team, token_of(invitation))
    assert "does not lead anywhere" in accept(
        team, token_of(invitation), "another long one", "another long one"
    )
    assert signs_in(team)
    (kept,) = team.client(ADMIN.id).get("/v1/admin/invitations", Invitations).invitations
    assert (kept.id, kept.link) == (invitation.id, "")
    assert kept.accepted_at is not None
    with team.database.read() as connection:
        rows = connection.execute("SELECT * FROM invitation").fetchall()
    assert token_of(invitation) not in str(rows)
    assert re.fullmatch("[0-9a-f]{64}", rows[0][2])


def test_links_that_were_withdrawn_replaced_or_are_of_somebody_disabled_are_good_no_longer(
    team: Team,
) -> None:
    first = invited(team)
    second = invited(team)
    assert "does not lead anywhere" in accept(team, token_of(first))
    gone = team.client(ADMIN.id).ask("POST", f"/v1/admin/invitations/{second.id}/withdraw")
    assert gone.status_code == 204
    assert "does not lead anywhere" in accept(team, token_of(second))
    again = team.client(ADMIN.id).ask("POST", f"/v1/admin/invitations/{second.id}/withdraw")
    assert again.status_code == 404
    third = invited(team)
    team.backend.store.commit([SaveUser(user_id=NEW, name="Nia New", email=EMAIL, active=False)])
    assert "does not lead anywhere" in accept(team, token_of(third))
    team.backend.store.commit([SaveUser(user_id=NEW, name="Nia New", email=EMAIL)])
    assert "does not lead anywhere" in accept(team, token_of(third)), "not even when they are back"
    assert not signs_in(team)


def test_a_link_expires(team: Team) -> None:
    invitation = invited(team, days=1)
    with team.database.write() as connection:
        connection.execute("UPDATE invitation SET expires_at = expires_at - 86400000001")
    assert "does not lead anywhere" in accept(team, token_of(invitation))


def test_nobody_becomes_more_than_they_are_by_a_link(team: Team) -> None:
    wanted = {"user_id": ADMIN.id, "days": 7}
    refused = team.client(SUPERVISOR.id).ask("POST", "/v1/admin/invitations", json=wanted)
    assert refused.status_code == 403, "the link would let a supervisor sign in as an admin"
    assert invited(team, by=SUPERVISOR.id).user_id == NEW
    team.backend.store.commit([SaveUser(user_id=NEW, name="Nia New", email=EMAIL, role=Role.ADMIN)])
    assert team.client(NEW).ask("POST", "/v1/admin/invitations", json=wanted).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            {"user_id": NEW, "name": "Nia New", "email": EMAIL, "role": Role.ADMIN}, id="gives more"
        ),
        pytest.param({"user_id": SUPERVISOR.id, "name": "Sue", "role": Role.AGENT}, id="may give less"),
        pytest.param(
            {"user_id": SUPERVISOR.id, "name": "Sue", "role": Role.SUPERVISOR, "active": False}, id="left"
        ),
    ],
)
def test_a_link_gives_no_more_than_who_made_it_may_give_when_it_is_followed(
    team: Team, change: dict[str, Any]
) -> None:
    theirs, ours = invited(team, by=SUPERVISOR.id), invited(team, user_id=ANNA.id)
    team.backend.store.commit([SaveUser(**change)])
    assert "does not lead anywhere" in accept(team, token_of(theirs))
    assert not signs_in(team)
    assert actions(team)[0] == AuditAction.INVITATION_WITHDRAWN
    assert "Welcome" in accept(team, token_of(ours)), "what an administrator made is good still"


@pytest.mark.parametrize("token", ["", "x", "ad_in_" + "a" * 43, "a" * 201])
def test_a_token_that_was_never_given_opens_nothing(team: Team, token: str) -> None:
    page = team.caller(None).ask("GET", "/invite", params={"token": token})
    assert page.status_code in (404, 422)
    assert not signs_in(team)


def test_a_device_is_listed_with_its_last_contact_and_signed_out(team: Team) -> None:
    token = team.accounts.issue(NEW, "Laptop of Nia").token
    caller, admin = team.caller(token), team.client(ADMIN.id)
    assert caller.ask("GET", "/v1/sync/digest").status_code == 200
    devices = admin.get("/v1/admin/devices", ManagedDevices).devices
    (device,) = [device for device in devices if device.user_id == NEW]
    assert (device.name, device.signed_in) == ("Laptop of Nia", True)
    assert device.seen_at >= device.created_at > 0
    assert admin.ask("POST", f"/v1/admin/devices/{device.id}/sign-out").status_code == 204
    assert caller.ask("GET", "/v1/sync/digest").status_code == 401
    assert admin.ask("POST", f"/v1/admin/devices/{device.id}/wipe").status_code == 204
    devices = admin.get("/v1/admin/devices", ManagedDevices).devices
    (device,) = [device for device in devices if device.user_id == NEW]
    assert device.wipe_requested_at is not None
    assert not device.signed_in
    assert admin.ask("POST", f"/v1/admin/devices/{'0' * 32}/wipe").status_code == 404
    told = [entry.action for entry in admin.get("/v1/audit", AuditPage, about=device.id).entries]
    assert told == [AuditAction.WIPE_REQUESTED, AuditAction.DEVICE_SIGNED_OUT]
