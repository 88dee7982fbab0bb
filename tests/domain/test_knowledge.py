"""Who may use what is shared."""

import pytest

from agent_desktop.domain.knowledge import Audience, may_use
from agent_desktop.domain.workspace import User

ANN = User(id="a" * 32, name="Ann", team_ids=("t" * 32,))


@pytest.mark.parametrize(
    ("audience", "owner_id", "expected"),
    [
        (Audience.WORKSPACE, None, True),
        (Audience.PERSONAL, ANN.id, True),
        (Audience.PERSONAL, "b" * 32, False),
        (Audience.PERSONAL, None, False),
        (Audience.TEAM, "t" * 32, True),
        (Audience.TEAM, "u" * 32, False),
        (Audience.TEAM, None, False),
    ],
)
def test_may_use(audience: Audience, owner_id: str | None, expected: bool) -> None:
    assert may_use(audience, owner_id, ANN) is expected
