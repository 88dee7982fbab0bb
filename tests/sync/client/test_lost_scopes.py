"""Rows of a scope that is lost go by where the server has them, not by where a pending change shows them."""

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.operations.conversation import SetTeam
from agent_desktop.domain.operations.workspace import SaveTeam, SaveUser
from agent_desktop.domain.scopes import team_scope
from tests.factories import ANNA, make_conversation, make_team
from tests.sync.cluster import Cluster
from tests.sync.network import Fate

HERE, SUPPORT = make_conversation().id, make_team().id


def test_what_is_being_moved_into_a_lost_scope_stays_where_it_is(cluster: Cluster) -> None:
    member = SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=(SUPPORT,))
    cluster.commit(SaveTeam(team_id=SUPPORT, name="Support", private=True), member)
    anna = cluster.add_client(ANNA)
    cluster.settle()
    assert anna.act([SetTeam(conversation_id=HERE, team_id=SUPPORT)])
    shown = anna.visible().get(Conversation, HERE)
    assert shown is not None
    assert shown.scope == team_scope(SUPPORT)
    cluster.commit(SaveUser(user_id=ANNA.id, name=ANNA.name, team_ids=()))
    anna.exchange((Fate.FINE, Fate.REQUEST_LOST))
    cluster.check(anna)
    assert anna.confirmed().get(Conversation, HERE) is not None
    cluster.settle()
