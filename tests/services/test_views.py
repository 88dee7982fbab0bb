"""The views beside the list: whose they are, what they count, and that they follow every change."""

import pytest

from agent_desktop.domain.conversation import ACTIVE
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Audience
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.knowledge import DeleteView, SaveView
from agent_desktop.domain.operations.workspace import SaveChannel, SaveUser
from agent_desktop.domain.view import ConversationFilter, SortOrder
from agent_desktop.domain.workspace import ChannelKind, Role
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.views import STANDARD_VIEWS, ViewGroup
from tests.desk_fixture import Office


def save(office: Office, name: str, **changes: object) -> SaveView:
    return SaveView(
        **{"view_id": office.desk.ids.new(), "name": name, "filter": ConversationFilter(tag="vip"), **changes}  # type: ignore[arg-type]
    )


def saved(office: Office) -> list[str]:
    return [item.title for item in office.desk.views.items() if item.group is ViewGroup.SAVED]


def count(office: Office, key: str) -> int | None:
    return next((item.count for item in office.desk.views.counted() if item.key == key), None)


def test_views_come_in_their_groups_with_stable_keys(office: Office) -> None:
    office.desk.apply(save(office, "VIP"))
    items = office.desk.views.items()
    assert [item.key for item in items[: len(STANDARD_VIEWS)]] == [item.key for item in STANDARD_VIEWS]
    groups = [item.group for item in items]
    assert groups == sorted(groups, key=[ViewGroup.INBOX, ViewGroup.SAVED, ViewGroup.CHANNELS].index)
    assert len({item.key for item in items}) == len(items)
    assert [item.title for item in items if item.group is ViewGroup.CHANNELS] == [
        "Email",
        "Live chat",
        "Phone",
    ]


def test_a_user_sees_the_views_meant_for_them(office: Office) -> None:
    desk, ben = office.desk, office.colleague
    team = desk.directory.teams()[0]
    desk.apply(save(office, "Everybody"))
    desk.apply(save(office, "Mine", audience=Audience.PERSONAL, owner_id=desk.user_id))
    desk.apply(save(office, "Team", audience=Audience.TEAM, owner_id=team.id))
    desk.sync.exchange()
    ben.does(save(office, "Ben's", audience=Audience.PERSONAL, owner_id=ben.user_id))
    desk.sync.exchange()
    assert saved(office) == ["Everybody", "Mine"]
    office.server.backend.store.commit(
        [SaveUser(user_id=desk.user_id, name="Maya Keller", role=Role.ADMIN, team_ids=(team.id,))]
    )
    desk.sync.exchange()
    assert saved(office) == ["Everybody", "Mine", "Team"]


def test_views_stand_in_their_positions(office: Office) -> None:
    office.desk.apply(save(office, "b", position=1))
    office.desk.apply(save(office, "A", position=1))
    office.desk.apply(save(office, "last", position=2))
    first = save(office, "first", position=0, sort=SortOrder.OLDEST)
    applied = office.desk.apply(first)
    assert saved(office) == ["first", "A", "b", "last"]
    item = next(item for item in office.desk.views.items() if item.view_id == first.view_id)
    assert (item.sort, item.filter) == (SortOrder.OLDEST, ConversationFilter(tag="vip"))
    office.desk.apply(DeleteView(view_id=first.view_id))
    assert saved(office) == ["A", "b", "last"]
    office.desk.apply.undo(applied)
    assert saved(office) == ["A", "b", "last"]


def test_counts_follow_what_is_done_here_and_elsewhere(office: Office) -> None:
    view = save(office, "VIP")
    office.desk.apply(view)
    key = f"view:{view.view_id}"
    conversation_id = office.world.customer_writes("Karl Lund", "Refund")
    assert (count(office, key), count(office, "mine"), count(office, "all")) == (0, 1, 1)
    office.desk.apply(ChangeTags(conversation_id=conversation_id, add=("vip",)))
    assert count(office, key) == 1
    office.desk.sync.exchange()
    office.colleague.does(ChangeTags(conversation_id=conversation_id, remove=("vip",)))
    office.desk.sync.exchange()
    assert count(office, key) == 0


def test_the_outbox_is_listed_only_when_something_waits(office: Office) -> None:
    conversation_id = office.world.customer_writes("Karl Lund", "Refund")
    assert count(office, "outbox") is None
    assert count(office, "drafts") == 0
    office.desk.drafts.save(
        Draft(
            conversation_id=conversation_id, kind=DraftKind.REPLY, text="Dear", updated_at=office.clock.now()
        )
    )
    assert count(office, "drafts") == 1


@pytest.fixture
def chat(office: Office) -> Id:
    channel_id = office.desk.ids.new()
    office.desk.apply(SaveChannel(channel_id=channel_id, kind=ChannelKind.CHAT, name="Shop chat"))
    return channel_id


def test_a_channel_is_a_view_as_long_as_it_is_active(office: Office, chat: Id) -> None:
    key = f"channel:{chat}"
    item = next(item for item in office.desk.views.items() if item.key == key)
    assert item.filter == ConversationFilter(statuses=ACTIVE, channel_id=chat, snoozed=False)
    office.desk.apply(SaveChannel(channel_id=chat, kind=ChannelKind.CHAT, name="Shop chat", active=False))
    assert key not in [item.key for item in office.desk.views.items()]
