"""What the tables of administration say, and what is wrong with what was typed."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest

from agent_desktop.domain.audit import AuditAction, AuditEntry
from agent_desktop.domain.permissions import BUILT_IN, WORDS
from agent_desktop.domain.workspace import ChannelKind, Role
from agent_desktop.services.administration import ManagedDevice
from tests.factories import ADMIN, ANNA, BEN, make_channel, make_team, make_user
from tests.fakes import START
from ui.models.administration_forms import (
    ChannelForm,
    PersonForm,
    TeamForm,
    channel_problem,
    person_form,
    person_problem,
    team_problem,
)
from ui.models.administration_text import (
    ROLE_TITLES,
    device_row,
    person_row,
    role_columns,
    role_rows,
    team_row,
)
from ui.models.audit_text import audit_row
from ui.tokens import ChipTone

TEAM = make_team()
OWNER = replace(ADMIN, role=Role.ADMIN, email="admin@example.org")
DEVICE = ManagedDevice(
    id="1",
    user_id=ANNA.id,
    name="Laptop",
    os="Linux",
    version="1.0",
    created_at=START,
    seen_at=START,
    pending=3,
    signed_in=True,
)


def words(row: object) -> list[str]:
    return [cell.words for cell in row.cells]  # type: ignore[attr-defined]  # a row of a table


def test_the_matrix_has_a_tick_just_where_a_role_holds_a_permission() -> None:
    columns, rows = role_columns(), role_rows()
    assert len(columns) == 1 + len(ROLE_TITLES)
    assert [row.key for row in rows] == [permission.value for permission in WORDS]
    for row, permission in zip(rows, WORDS, strict=True):
        for cell, (role, title) in zip(row.cells[1:], ROLE_TITLES.items(), strict=True):
            held = permission in BUILT_IN[role]
            assert cell.text == f"{title}: {'yes' if held else 'no'}"


def test_people_and_teams_say_who_belongs_where() -> None:
    anna = replace(ANNA, team_ids=(TEAM.id,))
    assert words(person_row(anna, {TEAM.id: TEAM}, mine=True))[0].startswith("Anna Berg (you)")
    assert words(person_row(replace(anna, active=False), {}, mine=False))[2:] == ["—", "Disabled"]
    crowd = [make_user(name=f"Person {number}", team_ids=(TEAM.id,)) for number in range(5)]
    assert "and 2 more" in words(team_row(TEAM, crowd))[1]
    assert words(team_row(replace(TEAM, private=True), []))[1:3] == ["Nobody yet", "Members only"]


@pytest.mark.parametrize(
    ("changes", "state", "waiting"),
    [
        ({}, "Signed in", "3 changes"),
        ({"pending": 1}, "Signed in", "1 change"),
        ({"pending": None}, "Signed in", "Not known"),
        ({"signed_in": False, "pending": 0}, "Signed out", "Nothing"),
        ({"wipe_requested_at": START}, "Wipe asked for", "3 changes"),
        ({"wipe_requested_at": START, "wiped_at": START}, "Wiped", "3 changes"),
    ],
)
def test_a_device_says_what_waits_on_it_and_how_it_stands(
    changes: dict[str, object], state: str, waiting: str
) -> None:
    device = replace(DEVICE, **changes)  # type: ignore[arg-type]  # fields by name
    row = device_row(device, ANNA, START + timedelta(minutes=1), UTC)
    assert words(row)[3:] == ["Just now", waiting, state]


def test_an_entry_of_the_log_says_who_did_what_to_what() -> None:
    entry = AuditEntry(
        number=1_204,
        at=START,
        actor_id=ADMIN.id,
        device_id=None,
        action=AuditAction.USER_SAVED.value,
        about=ANNA.id,
        details=f'{{"client":"c","user_id":"{ANNA.id}","role":"agent","team_ids":["{TEAM.id}"],"active":false}}',
        hash="",
    )
    names = {ADMIN.id: "Ada", ANNA.id: "Anna Berg", TEAM.id: "Support"}
    row = audit_row(entry, lambda row_id: names.get(row_id, ""), UTC)
    assert words(row)[0] == "1,204"
    assert words(row)[2:] == [
        "Ada",
        "User changed",
        "Anna Berg",
        "No longer active · role agent · team Support",
    ]


def test_an_export_says_as_what_and_how_much() -> None:
    entry = AuditEntry(
        number=2,
        at=START,
        actor_id=ADMIN.id,
        device_id=None,
        action=AuditAction.EXPORTED.value,
        about=None,
        details='{"client":"c","conversations":12400,"format":"json_lines","messages":86001,"other_rows":0}',
        hash="",
    )
    row = audit_row(entry, lambda row_id: "", UTC)
    assert row.cells[3].text == "Exported"
    assert row.cells[3].tone is ChipTone.WARN
    assert row.cells[5].text == "Conversations 12,400 · format json lines · messages 86,001"


def test_what_was_refused_and_what_a_newer_server_tells_of_can_be_read() -> None:
    entry = AuditEntry(
        number=1,
        at=START,
        actor_id="gone",
        device_id=None,
        action="something.new",
        about=None,
        details='{"verdict":"rejected","reason":"forbidden"}',
        hash="",
    )
    row = audit_row(entry, lambda row_id: "", UTC)
    assert row.cells[3].text == "something.new"
    assert row.cells[3].tone is ChipTone.DANGER
    assert "rejected" in row.cells[5].text


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        (person_form(BEN), ""),
        (replace(person_form(BEN), name="  "), "Type a name"),
        (replace(person_form(BEN), email="ben"), "no e-mail address"),
        (replace(person_form(BEN), email=" ADMIN@example.org"), "has this e-mail address"),
    ],
)
def test_a_person_needs_a_name_and_an_address_of_their_own(form: PersonForm, problem: str) -> None:
    assert problem in person_problem(BEN.id, form, [OWNER, BEN], OWNER.id)
    assert bool(problem) is bool(person_problem(BEN.id, form, [OWNER, BEN], OWNER.id))


def test_nobody_locks_the_workspace_or_themselves_out() -> None:
    mine = person_form(OWNER)
    assert "an active admin" in person_problem(OWNER.id, replace(mine, role=Role.AGENT), [OWNER], BEN.id)
    assert "disable yourself" in person_problem(OWNER.id, replace(mine, active=False), [OWNER], OWNER.id)
    other = make_user(name="Other", role=Role.ADMIN, email="o@example.org")
    assert not person_problem(OWNER.id, replace(mine, role=Role.AGENT), [OWNER, other], BEN.id)


def test_names_of_teams_and_addresses_of_channels_are_used_once() -> None:
    assert team_problem("new", TeamForm(name=" support "), [TEAM])
    assert not team_problem(TEAM.id, TeamForm(name="Support"), [TEAM])
    channel = make_channel(address="help@example.org")
    same = ChannelForm(kind=ChannelKind.EMAIL, name="Other", address="HELP@example.org")
    assert "this address" in channel_problem("new", same, [channel])
    assert not channel_problem("new", replace(same, active=False), [channel])
    assert "no e-mail" in channel_problem("new", replace(same, address="help"), [channel])
