"""What a workspace has decided for all has one id, which everybody knows."""

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.ids import derived_id
from agent_desktop.domain.policy import POLICY_ID


def test_the_id_of_the_policy_derives_from_its_name() -> None:
    assert derived_id(EPOCH, "policy") == POLICY_ID
