"""Roles of a workspace's own, roles in single places, and who may give them."""

import json
from dataclasses import replace

import pytest

from agent_desktop.domain.access import Actor, actor_of, sees
from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.operations import decode_payload
from agent_desktop.domain.operations.conversation import AssignConversation, SetPriority, SetStatus
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.operations.workspace import SaveRole, SaveUser
from agent_desktop.domain.permissions import BUILT_IN, GRANTABLE, WORDS, Permission
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import CustomRole, Grant, Role, User
from tests.factories import ADMIN, ANNA, BEN, SUPERVISOR, SYSTEM, make_channel, make_conversation
from tests.world import World

HERE = make_conversation().id
NIGHT = SaveRole(
    role_id="night", name=" Night shift ", permissions=("customer.read", "conversation.read_all")
)


def refused(world: World, payload: Record, actor: User) -> Reason:
    with pytest.raises(Rejected) as caught:
        world.do(payload, actor)
    return caught.value.reason


def now(world: World, user: User) -> User:
    """The user as they are there."""
    return world.get(User, user.id)


def saved(user: User, **changes: object) -> SaveUser:
    values = {"user_id": user.id, "name": user.name, "role": user.role} | changes
    return SaveUser(**values)  # type: ignore[arg-type]  # fields by name


def test_every_permission_has_words_and_only_the_servers_own_is_held_by_nobody() -> None:
    assert set(WORDS) == set(Permission) - {Permission.SYSTEM}
    assert all(words.title and words.explanation.endswith(".") for words in WORDS.values())
    assert BUILT_IN[Role.ADMIN] == GRANTABLE
    for role in Role:
        assert (Permission.SYSTEM in BUILT_IN[role]) == (role is Role.SYSTEM)


def test_a_role_of_ones_own_counts_instead_of_the_built_in_one() -> None:
    world = World()
    world.do(NIGHT, ADMIN)
    assert world.get(CustomRole, "night").name == "Night shift"
    world.do(saved(ANNA, custom_role_id="night"), ADMIN)
    actor = actor_of(world.rows, now(world, ANNA))
    assert actor.held == {Permission.CUSTOMER_READ, Permission.CONVERSATION_READ_ALL}
    assert refused(world, SetPriority(conversation_id=HERE, priority=Priority.HIGH), now(world, ANNA)) is (
        Reason.FORBIDDEN
    )
    world.do(replace(NIGHT, permissions=("conversation.edit",)), ADMIN)
    world.do(SetPriority(conversation_id=HERE, priority=Priority.HIGH), now(world, ANNA))
    world.do(replace(NIGHT, active=False), ADMIN)
    assert actor_of(world.rows, now(world, ANNA)).held == frozenset(), "what is out of use allows nothing"
    world.do(saved(ANNA, custom_role_id=""), ADMIN)
    assert actor_of(world.rows, now(world, ANNA)).held == BUILT_IN[Role.AGENT]


def test_nobody_makes_or_gives_what_they_do_not_hold() -> None:
    world = World()
    assert refused(world, NIGHT, SUPERVISOR) is Reason.FORBIDDEN
    world.do(replace(NIGHT, permissions=("audit.read",)), ADMIN)
    assert refused(world, saved(ANNA, custom_role_id="night"), SUPERVISOR) is Reason.FORBIDDEN
    grant = (Grant(place_id=make_channel().id, role=Role.ADMIN),)
    assert refused(world, saved(ANNA, grants=grant), SUPERVISOR) is Reason.FORBIDDEN
    world.do(saved(ANNA, custom_role_id="night"), ADMIN)
    assert refused(world, saved(ANNA, custom_role_id=""), SUPERVISOR) is Reason.FORBIDDEN, "nor takes it"
    assert refused(world, saved(BEN, custom_role_id="nothing"), ADMIN) is Reason.GONE


@pytest.mark.parametrize("names", [("system",), ("everything",), ("customer.read", "customer.read")])
def test_only_permissions_that_may_be_granted_make_a_role(names: tuple[str, ...]) -> None:
    world = World()
    if len(set(names)) < len(names):
        world.do(replace(NIGHT, permissions=names), ADMIN)
        assert world.get(CustomRole, "night").permissions == ("customer.read",)
    else:
        assert refused(world, replace(NIGHT, permissions=names), ADMIN) is Reason.INVALID


def test_a_grant_counts_in_its_place_alone() -> None:
    world = World()
    world.do(
        saved(ANNA, role=Role.REVIEWER, grants=(Grant(place_id=make_channel().id, role=Role.AGENT),)), ADMIN
    )
    anna = now(world, ANNA)
    world.do(SetStatus(conversation_id=HERE, status=Status.PENDING), anna)
    elsewhere = replace(make_conversation(), id="elsewhere", channel_id="another")
    world.rows.put(elsewhere)
    there = SetStatus(conversation_id=elsewhere.id, status=Status.PENDING)
    assert refused(world, there, anna) is Reason.FORBIDDEN
    world.do(AddNote(conversation_id=elsewhere.id, message_id="note", text="As a reviewer"), anna)


@pytest.mark.parametrize("changes", [{"active": False}, {"role": Role.AGENT}, {"custom_role_id": "night"}])
def test_the_last_administrator_stays(changes: dict[str, object]) -> None:
    world = World()
    world.do(replace(NIGHT, permissions=("users.manage",)), ADMIN)
    assert refused(world, saved(ADMIN, **changes), ADMIN) is Reason.FORBIDDEN
    world.do(saved(BEN, role=Role.ADMIN), ADMIN)
    world.do(saved(ADMIN, **changes), ADMIN)
    assert refused(world, saved(BEN, active=False), now(world, BEN)) is Reason.FORBIDDEN
    world.do(saved(BEN, active=False), SYSTEM)


def test_a_role_cannot_be_taken_from_the_last_who_administers_by_it() -> None:
    world = World()
    own = replace(NIGHT, permissions=tuple(sorted(permission.value for permission in GRANTABLE)))
    world.do(own, ADMIN)
    world.do(saved(BEN, custom_role_id="night"), ADMIN)
    world.do(saved(ADMIN, active=False), now(world, BEN))
    for taken in (replace(own, active=False), replace(own, permissions=("users.manage",))):
        assert refused(world, taken, now(world, BEN)) is Reason.FORBIDDEN


def test_an_older_program_leaves_the_roles_of_somebody_as_they_are() -> None:
    world = World()
    world.do(NIGHT, ADMIN)
    grants = (Grant(place_id=make_channel().id, role=Role.AGENT),)
    world.do(saved(ANNA, custom_role_id="night", grants=grants), ADMIN)
    old = decode_payload("user.save", 1, json.dumps({"user_id": ANNA.id, "name": "Anna B.", "role": "agent"}))
    world.do(old, ADMIN)
    anna = now(world, ANNA)
    assert (anna.name, anna.custom_role_id, anna.grants) == ("Anna B.", "night", grants)


def test_a_scope_of_several_is_seen_by_whoever_sees_one() -> None:
    assert sees({"w", "u:1"}, "i+u:1")
    assert sees({"i"}, "i+u:1")
    assert not sees({"u:11", "t:1"}, "i+u:1")
    assert not sees({"i+u:1"}, "i")


def test_an_assignment_needs_its_permission() -> None:
    world = World()
    actor = Actor(user_id=ANNA.id, held=BUILT_IN[Role.FIELD])
    assert not actor.may(Permission.CONVERSATION_ASSIGN)
    world.do(saved(ANNA, role=Role.FIELD), ADMIN)
    assign = AssignConversation(conversation_id=HERE, assignee_id=ANNA.id)
    assert refused(world, assign, now(world, ANNA)) is Reason.FORBIDDEN
