"""Nobody comes to a file by knowing its SHA-256: who names it has sent it, or may read it already."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Audience
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.conversation import CreateConversation, SetTeam
from agent_desktop.domain.operations.knowledge import SaveCannedResponse
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.operations.workspace import SaveTeam, SaveUser
from agent_desktop.domain.records import Record
from agent_desktop.store.database import Statements
from sync.protocol.messages import PushAnswer
from sync.server.file_rights import KEPT, forget_sent, forget_sent_long_ago, sent
from tests.factories import ADMIN, ANNA, BEN, make_conversation, make_file
from tests.sync.files import TEMPLATES
from tests.sync.server.team import Caller, Team, running

CONTENT = b"the contract that nobody else may see" * 1_000
SHA = hashlib.sha256(CONTENT).hexdigest()
HERE = make_conversation().id
UNKNOWN = hashlib.sha256(b"a file that is nowhere").hexdigest()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peer)])
def team(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Team]:
    on_postgresql = request.param == "postgresql"
    address = request.getfixturevalue("postgres") if on_postgresql else ""
    database = TEMPLATES.postgres(address) if on_postgresql else TEMPLATES.server(tmp_path / "server.db")
    with running(database, tmp_path / "blobs") as team:
        yield team


class Person:
    """Somebody with a computer."""

    def __init__(self, team: Team, user_id: Id) -> None:
        self.team = team
        self.user_id = user_id
        self.caller: Caller = team.client(user_id)
        self.client_id = f"c-{user_id}"
        self.number = 0

    def announce(self, sha256: str = SHA, size: int = len(CONTENT)) -> dict[str, object]:
        answer = self.caller.ask("POST", "/v1/blobs", json={"sha256": sha256, "size": size})
        assert answer.status_code == 200, answer.text
        found: dict[str, object] = answer.json()
        return found

    def send(self, content: bytes = CONTENT, offset: int = 0, sha256: str = SHA) -> int:
        answer = self.caller.ask(
            "PATCH", f"/v1/blobs/{sha256}", data=content, headers={"Upload-Offset": str(offset)}
        )
        return answer.status_code

    def upload(self) -> None:
        self.announce()
        assert self.send() == 200

    def may_fetch(self, sha256: str = SHA) -> bool:
        return self.caller.ask("GET", f"/v1/blobs/{sha256}").status_code == 200

    def does(self, payload: Record) -> PushAnswer:
        operation = self.team.operation(self.number + 1, payload)
        answer = self.caller.push(operation, client_id=self.client_id)
        self.number = answer.expected - 1
        return answer

    def names(self, sha256: str = SHA, conversation_id: Id = HERE) -> PushAnswer:
        return self.does(
            AddNote(
                conversation_id=conversation_id,
                message_id=self.team.ids.new(),
                text="see",
                files=(a_file(self.team, sha256),),
            )
        )


def a_file(team: Team, sha256: str = SHA) -> AttachmentFile:
    return make_file(id=team.ids.new(), sha256=sha256)


@pytest.fixture
def anna(team: Team) -> Person:
    """Has put a file where Ben does not see it."""
    anna, ada = Person(team, ANNA.id), Person(team, ADMIN.id)
    hidden = team.ids.new()
    ada.does(SaveTeam(team_id=hidden, name="Hidden", private=True))
    for user, teams in ((ANNA, (hidden,)), (BEN, ())):
        ada.does(SaveUser(user_id=user.id, name=user.name, role=user.role, team_ids=teams, active=True))
    anna.upload()
    assert anna.names().missing == []
    anna.does(SetTeam(conversation_id=HERE, team_id=hidden))
    assert anna.may_fetch()
    return anna


@pytest.fixture
def ben(team: Team, anna: Person) -> Person:
    """Knows the SHA-256 of it."""
    ben = Person(team, BEN.id)
    assert not ben.may_fetch()
    return ben


def canned(team: Team, sha256: str = SHA, audience: Audience = Audience.PERSONAL) -> SaveCannedResponse:
    """A canned response with a file, of Ben or of everybody."""
    return SaveCannedResponse(
        canned_response_id=team.ids.new(),
        shortcut=f"c{team.ids.new()}",
        title="Contract",
        body="See the contract.",
        audience=audience,
        owner_id=BEN.id if audience is Audience.PERSONAL else None,
        files=(a_file(team, sha256),),
    )


def open_conversation(team: Team, person: Person) -> Id:
    """A conversation that everybody sees."""
    conversation_id = team.ids.new()
    started = CreateConversation(
        conversation_id=conversation_id,
        customer_id=make_conversation().customer_id,
        channel_id=make_conversation().channel_id,
        subject="Open",
    )
    assert person.does(started).missing == []
    return conversation_id


def test_who_names_a_hidden_file_is_asked_for_it_and_cannot_fetch_it(team: Team, ben: Person) -> None:
    here = open_conversation(team, ben)
    assert ben.names(SHA, here).missing == [SHA]
    assert ben.does(canned(team)).missing == [SHA]
    assert not ben.may_fetch()


def test_nothing_tells_a_hidden_file_from_one_that_is_not_there(team: Team, ben: Person) -> None:
    here = open_conversation(team, ben)
    assert ben.names(UNKNOWN, here).missing == [UNKNOWN]
    assert {ben.send(b"x", sha256=sha256) for sha256 in (SHA, UNKNOWN)} == {404}, "announced by nobody"
    for size in (1, len(CONTENT)):
        for sha256 in (SHA, UNKNOWN):
            assert ben.announce(sha256, size) == {"sha256": sha256, "size": size, "offset": 0}
    answers = {sha256: ben.send(b"x" * len(CONTENT), sha256=sha256) for sha256 in (SHA, UNKNOWN)}
    assert set(answers.values()) == {422}, "it is not the content"
    assert ben.names(SHA, here).missing == [SHA], "who sends something else has shown nothing"
    assert not ben.may_fetch()


def test_what_somebody_else_began_to_send_is_not_finished_by_who_knows_the_hash(
    team: Team, anna: Person, ben: Person
) -> None:
    content = CONTENT + b"!"
    sha256 = hashlib.sha256(content).hexdigest()
    anna.announce(sha256, len(content))
    assert anna.send(content[:-1], sha256=sha256) == 200
    assert ben.announce(sha256, len(content))["offset"] == 0
    assert ben.send(b"!", len(content) - 1, sha256) == 200, "it leaves a gap, and is not taken"
    assert ben.announce(sha256, len(content))["offset"] == 0
    assert ben.names(sha256, open_conversation(team, ben)).missing == [sha256]


def test_who_has_the_content_sends_it_and_may_name_it(team: Team, ben: Person) -> None:
    here = open_conversation(team, ben)
    ben.upload()
    assert ben.announce()["offset"] == len(CONTENT), "not a second time"
    assert ben.names(SHA, here).missing == []
    assert ben.may_fetch()
    assert list((team.folder / ".uploads").iterdir()) == []


def test_who_sees_a_file_names_it_without_sending_it(team: Team, anna: Person, ben: Person) -> None:
    here = open_conversation(team, anna)
    assert anna.names(SHA, here).missing == []
    assert ben.announce()["offset"] == len(CONTENT)
    assert ben.names(SHA, here).missing == []
    assert ben.does(canned(team)).missing == []


def test_the_file_of_a_canned_response_is_there_for_all_who_use_it(
    team: Team, anna: Person, ben: Person
) -> None:
    assert anna.does(canned(team, audience=Audience.WORKSPACE)).missing == []
    assert ben.may_fetch()
    assert ben.names(SHA, open_conversation(team, ben)).missing == []


def test_the_file_of_ones_own_canned_response_is_there_for_nobody_else(
    team: Team, anna: Person, ben: Person
) -> None:
    content = b"what Ben always sends"
    sha256 = hashlib.sha256(content).hexdigest()
    ben.announce(sha256, len(content))
    assert ben.send(content, sha256=sha256) == 200
    assert ben.does(canned(team, sha256)).missing == []
    assert ben.may_fetch(sha256)
    assert anna.names(sha256).missing == [sha256]
    assert not anna.may_fetch(sha256)


def test_an_upload_of_long_ago_is_forgotten_and_one_of_late_is_not(team: Team, anna: Person) -> None:
    now = team.clock.now()
    for later, left in ((KEPT - timedelta(hours=1), {SHA}), (KEPT + timedelta(hours=1), set())):
        with team.database.write() as connection:
            forget_sent_long_ago(connection, now + later)
            assert sent(connection, [SHA], ANNA.id) == left


def test_an_upload_is_forgotten_with_the_file(team: Team, ben: Person) -> None:
    ben.upload()
    team.services.uploads.remove(SHA)
    assert ben.announce()["offset"] == 0, "it is not there"
    with team.database.write() as connection:
        forget_sent(connection, [SHA])
        assert not sent(connection, [SHA], BEN.id)


def test_all_files_of_a_push_are_one_question(
    team: Team, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[str]] = []

    def counted(sql: Statements, names: Collection[str], user_id: Id) -> set[str]:
        asked.append(set(names))
        return sent(sql, names, user_id)

    monkeypatch.setattr("sync.server.judge.sent", counted)
    file = make_file(sha256=SHA)
    notes = [
        AddNote(
            conversation_id=HERE,
            message_id=team.ids.new(),
            text="see",
            files=(replace(file, id=team.ids.new()), replace(file, id=team.ids.new())),
        )
        for _ in range(5)
    ]
    operations = [team.operation(anna.number + 1 + place, note) for place, note in enumerate(notes)]
    assert anna.caller.push(*operations, client_id=anna.client_id).missing == []
    assert asked == [{SHA}]
    plain = AddNote(conversation_id=HERE, message_id=team.ids.new(), text="nothing to see")
    anna.number += len(notes)
    assert anna.does(plain).missing == []
    assert len(asked) == 1, "without files nothing is asked"


def test_a_server_that_takes_every_file_it_has_is_noticed(
    team: Team, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: as it was before anybody asked who had sent a file."""
    monkeypatch.setattr("sync.server.judge.sent", lambda sql, names, user_id: set(names))
    assert ben.names(SHA, open_conversation(team, ben)).missing == []
    assert ben.may_fetch()
