"""One person with two computers at a team's server: what is written on one is offered on the other."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.context import Desk
from agent_desktop.domain.ids import Id
from agent_desktop.services.drafts import Draft, DraftKind
from tests.cli.test_team import CLOCK, Laptop
from tests.team_server import RunningServer, team_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    folder = tmp_path / "server"
    folder.mkdir()
    with team_server(folder) as server:
        yield server


def write(desk: Desk, conversation_id: Id, text: str) -> None:
    desk.drafts.save(
        Draft(conversation_id=conversation_id, kind=DraftKind.REPLY, text=text, updated_at=CLOCK.now())
    )


def share(desk: Desk) -> None:
    assert desk.draft_sharing is not None
    desk.draft_sharing.share()
    desk.sync.exchange()


def elsewhere(desk: Desk, conversation_id: Id) -> tuple[str, str] | None:
    desk.sync.exchange()
    assert desk.draft_sharing is not None
    found = desk.draft_sharing.elsewhere(conversation_id, DraftKind.REPLY)
    return None if found is None else (found[0].text, found[1])


def test_two_computers_of_the_same_name_are_told_apart(server: RunningServer, tmp_path: Path) -> None:
    conversation_id = server.customer_writes("Karl", "Refund")
    first, second = Laptop(tmp_path / "first"), Laptop(tmp_path / "second")
    for laptop in (first, second):
        laptop.connect(server.url)
    with first.desk() as here, second.desk() as there:
        write(here, conversation_id, "Dear Karl")
        share(here)
        offered = elsewhere(there, conversation_id)
        assert offered is not None
        assert (offered[0], offered[1][: len("Laptop ")]) == ("Dear Karl", "Laptop ")
        assert elsewhere(here, conversation_id) is None
        assert there.draft_sharing is not None
        assert there.draft_sharing.take(conversation_id, DraftKind.REPLY, there.files.is_here)
        write(there, conversation_id, "Dear Karl, it is coming")
        share(there)
        back = elsewhere(here, conversation_id)
        assert back is not None
        assert (back[0], back[1] != offered[1]) == ("Dear Karl, it is coming", True)
