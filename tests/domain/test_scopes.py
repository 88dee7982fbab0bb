"""Who may see what: a conversation is where its team and channel say, and all that belongs to it is where it is."""

import pytest
from hypothesis import given

from agent_desktop.domain.access import actor_of
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.errors import Reason, Rejected
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.operations.conversation import ChangeTags, CreateConversation, SetTeam
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.operations.scopes import Rescope
from agent_desktop.domain.operations.workspace import SaveChannel, SaveTeam
from agent_desktop.domain.rows import INBOX_SCOPE, PEOPLE_SCOPE, WORKSPACE_SCOPE, user_scope
from agent_desktop.domain.scopes import (
    ScopedRows,
    channel_scope,
    conversation_scope,
    scopes_of,
    team_scope,
)
from agent_desktop.domain.workspace import Channel, Role, Team
from tests.factories import (
    ADMIN,
    ANNA,
    BEN,
    SYSTEM,
    make_channel,
    make_conversation,
    make_customer,
    make_file,
    make_team,
    make_user,
)
from tests.fakes import DictRows
from tests.strategies import History, histories, many_histories
from tests.world import World

HERE, SUPPORT, BILLING, MAILBOX = (
    make_conversation().id,
    make_team().id,
    make_team(name="Billing").id,
    make_channel().id,
)


def private(team_id: str = SUPPORT, *, yes: bool = True) -> SaveTeam:
    return SaveTeam(team_id=team_id, name="Team", private=yes)


def private_mailbox(*, yes: bool = True) -> SaveChannel:
    return SaveChannel(channel_id=MAILBOX, kind=make_channel().kind, name="Mail", private=yes)


def scopes(world: World) -> set[str]:
    """Of the conversation, its messages and its files."""
    rows = [world.get(Conversation, HERE)]
    children = [
        row for entity in (Message, Attachment) for row in world.rows.query(entity, conversation_id=HERE)
    ]
    assert children
    return {row.scope for row in (*rows, *children)}


@pytest.fixture
def world() -> World:
    world = World()
    world.do(AddNote(conversation_id=HERE, message_id=world.ids.new(), text="x", files=(make_file(),)), ANNA)
    return world


def test_a_private_team_goes_before_a_private_channel(world: World) -> None:
    world.do(private(), ADMIN)
    world.do(private_mailbox(), ADMIN)
    assert scopes(world) == {INBOX_SCOPE}  # the server moves what is there, some at a time
    world.do(Rescope(conversation_ids=(HERE,)), SYSTEM)
    assert scopes(world) == {channel_scope(MAILBOX)}
    world.do(SetTeam(conversation_id=HERE, team_id=SUPPORT), ANNA)
    assert scopes(world) == {team_scope(SUPPORT)}
    world.do(SetTeam(conversation_id=HERE, team_id=BILLING), ANNA)
    assert scopes(world) == {channel_scope(MAILBOX)}
    world.do(private_mailbox(yes=False), ADMIN)
    world.do(ChangeTags(conversation_id=HERE, add=("moves",)), ANNA)
    assert scopes(world) == {INBOX_SCOPE}


def test_what_is_made_in_a_private_team_is_never_anywhere_else(world: World) -> None:
    world.do(private(), ADMIN)
    new = CreateConversation(
        conversation_id=world.ids.new(),
        customer_id=make_customer().id,
        channel_id=MAILBOX,
        subject="Salary",
        team_id=SUPPORT,
    )
    world.do(new, ANNA)
    assert world.get(Conversation, new.conversation_id).scope == team_scope(SUPPORT)


def test_who_saves_a_team_or_channel_without_a_word_leaves_it_private(world: World) -> None:
    world.do(private(), ADMIN)
    world.do(SaveTeam(team_id=SUPPORT, name="Support"), ADMIN)
    channel = SaveChannel(channel_id=MAILBOX, kind=make_channel().kind, name="Mail")
    world.do(
        SaveChannel(
            channel_id=MAILBOX, kind=channel.kind, name="Mail", private=True, member_ids=(ANNA.id, BEN.id)
        ),
        ADMIN,
    )
    world.do(channel, ADMIN)
    assert world.get(Team, SUPPORT).private
    kept = world.get(Channel, MAILBOX)
    assert (kept.private, kept.member_ids) == (True, (ANNA.id, BEN.id))


def test_users_see_their_teams_and_channels_and_leaders_all() -> None:
    teams = [make_team(), make_team(name="Billing")]
    channels = [make_channel(team_id=BILLING), make_channel(name="chat", member_ids=(ANNA.id,))]

    def seen(**changes: object) -> set[str]:
        user = make_user(**changes)
        return set(scopes_of(user, actor_of(DictRows(), user), teams, channels)) - {
            *(WORKSPACE_SCOPE, INBOX_SCOPE, PEOPLE_SCOPE),
            user_scope(user.id),
        }

    everything = {team_scope(team.id) for team in teams} | {channel_scope(channel.id) for channel in channels}
    assert seen() == {channel_scope(channels[1].id)}
    assert seen(name="Bo", team_ids=(BILLING,)) == {team_scope(BILLING), channel_scope(channels[0].id)}
    for role in Role:
        leads = role in (Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR, Role.SYSTEM)
        assert seen(name="Bo", role=role) == (everything if leads else set())
    assert seen(role=Role.ADMIN, active=False) == set()


def test_what_one_may_not_see_is_not_there_and_cannot_be_overwritten() -> None:
    hidden = make_conversation(scope=team_scope(SUPPORT), team_id=SUPPORT)
    rows = ScopedRows(DictRows(make_team(private=True), hidden), {WORKSPACE_SCOPE})
    assert rows.get(Conversation, hidden.id) is None
    assert rows.query(Conversation) == []
    for forbidden in (lambda: rows.put(make_conversation()), lambda: rows.delete(Conversation, hidden.id)):
        with pytest.raises(Rejected) as caught:
            forbidden()
        assert caught.value.reason is Reason.FORBIDDEN


@given(histories())
def test_what_belongs_to_a_conversation_is_where_it_is(history: History) -> None:
    _check(history.end)


def test_what_belongs_to_a_conversation_is_where_it_is_after_long_histories() -> None:
    for history in many_histories(150):
        _check(history.end)


def _check(rows: DictRows) -> None:
    for entity in (Message, Attachment):
        for child in rows.query(entity):
            conversation = rows.get(Conversation, child.conversation_id)
            assert conversation is not None
            assert child.scope == conversation.scope
    all_at_home = rows.copy()
    for conversation in rows.query(Conversation):
        ScopedRows(all_at_home, None).put(conversation)
        moved = all_at_home.get(Conversation, conversation.id)
        assert moved is not None
        assert moved.scope == conversation_scope(rows, conversation)
