"""Who and what is in the workspace, without a query, and always as it is now."""

from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.workspace import SaveChannel, SaveTeam, SaveUser
from agent_desktop.domain.workspace import ChannelKind, Role
from tests.desk_fixture import Office


def test_everybody_is_there_by_name(office: Office) -> None:
    directory = office.desk.directory
    assert [user.name for user in directory.users()] == ["Ben Okafor", "Maya Keller"]
    assert directory.me.name == "Maya Keller"
    assert directory.me.role is Role.ADMIN
    assert directory.workspace_name == "Northwind Kettles"
    assert [team.name for team in directory.teams()] == ["Support"]
    assert directory.user(office.colleague.user_id) == directory.users()[0]
    for nothing in (None, "", "0" * 32):
        assert directory.user(nothing) is None
        assert directory.team(nothing) is None
        assert directory.channel(nothing) is None


def test_it_follows_changes_from_here_and_elsewhere(office: Office) -> None:
    desk, directory = office.desk, office.desk.directory
    team_id = desk.ids.new()
    desk.apply(SaveTeam(team_id=team_id, name="billing"))
    assert [team.name for team in directory.teams()] == ["billing", "Support"]
    desk.sync.exchange()
    office.server.backend.store.commit([SaveTeam(team_id=team_id, name="Billing", active=False)])
    desk.sync.exchange()
    assert [team.name for team in directory.teams()] == ["Support"]
    assert directory.team(team_id) is not None  # old conversations still name it
    conversation_id = office.world.customer_writes("Karl Lund", "Refund")
    desk.apply(ChangeTags(conversation_id=conversation_id, add=("vip", "Late")))
    assert directory.tags() == ("Late", "vip")


def test_who_left_is_known_but_not_offered(office: Office) -> None:
    office.server.backend.store.commit(
        [SaveUser(user_id=office.colleague.user_id, name="Ben Okafor", active=False)]
    )
    office.desk.sync.exchange()
    assert [user.name for user in office.desk.directory.users()] == ["Maya Keller"]
    user = office.desk.directory.user(office.colleague.user_id)
    assert user is not None
    assert not user.active


def test_a_channel_is_there_as_soon_as_it_is_made(office: Office) -> None:
    channel_id = office.desk.ids.new()
    office.desk.apply(SaveChannel(channel_id=channel_id, kind=ChannelKind.SMS, name="Text"))
    channel = office.desk.directory.channel(channel_id)
    assert channel is not None
    assert channel in office.desk.directory.channels()
