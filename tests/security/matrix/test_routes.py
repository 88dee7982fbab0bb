"""Each route for each principal, over a real connection; and a workspace with the same ids, which stays apart."""

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import msgspec
import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.operations.workspace import SaveRole, SaveTeam, SaveUser
from agent_desktop.store.rows import SqlRows
from sync.protocol.messages import PullAnswer, PushAnswer, PushRequest, ScanAnswer
from sync.server.app import DOCUMENT_PATH
from sync.server.limits import Limits, Rate
from sync.server.routes import ROUTES
from tests.factories import ANNA, an_id, make_channel, make_conversation, make_customer
from tests.fakes import START
from tests.security.matrix.people import HR, NEW, PEOPLE, READER
from tests.security.matrix.tables import Cell, cells
from tests.sync.files import TEMPLATES
from tests.sync.server.team import Caller, Team, running

TABLE = cells("routes")
MARKS = {HTTPStatus.UNAUTHORIZED: "!", HTTPStatus.FORBIDDEN: "-"}
HERE = make_conversation().id


def _people(team: Team, secret: str) -> None:
    team.backend.store.commit(
        [
            SaveTeam(team_id=HR.id, name=HR.name, private=True),
            SaveRole(role_id=READER.id, name=READER.name, permissions=READER.permissions),
            *(
                SaveUser(
                    user_id=user.id,
                    name=user.name,
                    role=user.role,
                    team_ids=user.team_ids,
                    custom_role_id=user.custom_role_id,
                    grants=user.grants,
                )
                for user in NEW
            ),
            ReceiveMessage(
                conversation_id=HERE,
                message_id=an_id("planted"),
                customer_id=make_customer().id,
                channel_id=make_channel().id,
                text=secret,
                sent_at=START,
            ),
        ]
    )


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Team, Team]]:
    """A server, and that of another workspace with the same ids."""
    often = Rate(per_second=100_000, burst=100_000)
    limits = Limits(requests=often)
    folder = tmp_path_factory.mktemp("servers")
    other = TEMPLATES.server(folder / "twin.db")
    with other.write() as connection:
        connection.execute("UPDATE head SET epoch = 'twin'")
    with (
        running(TEMPLATES.server(folder / "this.db"), folder / "this", limits) as this,
        running(other, folder / "twin", limits) as twin,
    ):
        _people(this, "sentinelhere")
        _people(twin, "sentineltwin")
        yield this, twin


def _caller(team: Team, twin: Team, who: str) -> Caller:
    if who == "nobody":
        return team.caller(None)
    if who == "stranger":
        return team.caller(twin.accounts.issue(PEOPLE["admin"].id, "test").token)
    user = PEOPLE["agent" if who == "revoked" else who]
    token = team.accounts.issue(user.id, "test").token
    if who == "revoked":
        assert team.caller(token).ask("POST", "/v1/sign-out").status_code == HTTPStatus.NO_CONTENT
    if who == "disabled":
        team.backend.store.commit([SaveUser(user_id=user.id, name=user.name, role=user.role, active=False)])
        team.services.tell_sessions()
    return team.caller(token)


def test_the_table_knows_every_route_and_principal() -> None:
    routes = {(route.method, route.path) for route in ROUTES} | {("GET", DOCUMENT_PATH)}
    people = (*PEOPLE, "nobody", "revoked", "stranger")
    assert {(cell.what, cell.where, cell.who) for cell in TABLE} == {
        (method, path, who) for method, path in routes for who in people
    }


@pytest.mark.parametrize("cell", TABLE, ids=str)
def test_it_is_answered_so(servers: tuple[Team, Team], cell: Cell) -> None:
    team, twin = servers
    path = cell.where.replace("{sha256}", "0" * 64)
    for name in ("device_id", "customer_id", "invitation_id", "inbound_id"):
        path = path.replace(f"{{{name}}}", an_id("nothing"))
    answer = _caller(team, twin, cell.who).ask(cell.what, path)
    assert MARKS.get(HTTPStatus(answer.status_code), "+") == cell.expected
    assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR


@pytest.mark.parametrize("who", PEOPLE)
def test_what_one_does_not_see_is_answered_as_what_is_not_there(servers: tuple[Team, Team], who: str) -> None:
    """A conversation of the private team: whoever does not see it gets the very bytes of one that does not exist."""
    team, twin = servers
    hidden = an_id("hidden conversation")
    with team.backend.store.transaction() as transaction:
        transaction.rows.put(make_conversation(id=hidden, number=2, team_id=HR.id, scope=f"t:{HR.id}"))
    if who == "disabled":
        return
    caller = _caller(team, twin, who)
    answers = [
        caller.ask("POST", "/v1/sync/presence", json={"conversation_id": row_id, "activity": "viewing"})
        for row_id in (hidden, an_id("nothing"))
    ]
    sees = who in ("other", "supervisor", "admin", "auditor")
    assert (answers[0].status_code == HTTPStatus.NO_CONTENT) == sees
    assert answers[1].status_code == HTTPStatus.NOT_FOUND
    if not sees:
        assert (answers[0].status_code, answers[0].content) == (answers[1].status_code, answers[1].content)


# ----- the twin


def _everything(caller: Caller) -> bytes:
    """What somebody is given by a pull and a first sync."""
    epoch = caller.team.epoch
    pulled = caller.ask("GET", "/v1/sync/pull", params={"client_id": "one", "epoch": epoch, "since": 1})
    found, after = pulled.content, None
    while True:
        query: dict[str, str | int] = {"client_id": "one", "epoch": epoch, "upto": 0}
        page = caller.get(
            "/v1/sync/scan", ScanAnswer, **(query | ({} if after is None else {"after": after}))
        )
        found += repr(page).encode()
        after = page.next
        if after is None:
            return found


@pytest.mark.parametrize("who", ["agent", "admin", "supervisor", "auditor", "custom"])
def test_nothing_of_a_workspace_with_the_same_ids_is_given(servers: tuple[Team, Team], who: str) -> None:
    team, twin = servers
    here, there = (_everything(_caller(one, other, who)) for one, other in ((team, twin), (twin, team)))
    assert b"sentinelhere" in here
    assert b"sentineltwin" not in here
    assert b"sentineltwin" in there, "the control: it is found where it belongs"
    assert b"sentinelhere" not in there


def test_a_token_of_the_twin_writes_nothing(servers: tuple[Team, Team]) -> None:
    team, twin = servers
    token = twin.accounts.issue(ANNA.id, "test").token
    before = team.backend.hello().head
    mark = team.operation(1, ChangeTags(conversation_id=HERE, add=("stolen",)))
    for epoch in (team.epoch, twin.epoch):
        request = PushRequest(client_id="stolen", epoch=epoch, operations=[mark])
        answer = team.caller(token).ask("POST", "/v1/sync/push", data=_json(request))
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
    assert team.backend.hello().head == before
    assert "stolen" not in _tags(team)
    own = team.client(ANNA.id)
    assert own.push(mark, client_id="own").expected == 2, "the control: the same with a token of this one"
    assert "stolen" in _tags(team)


def test_a_cursor_of_the_twin_brings_nothing_and_writes_nothing(servers: tuple[Team, Team]) -> None:
    team, twin = servers
    anna = team.client(ANNA.id)
    pulled = anna.get("/v1/sync/pull", PullAnswer, client_id="c", epoch=twin.epoch, since=1)
    assert pulled.resync
    assert not pulled.tables
    before = team.backend.hello().head
    request = PushRequest(
        client_id="foreign",
        epoch=twin.epoch,
        operations=[team.operation(1, ChangeTags(conversation_id=HERE, add=("foreign",)))],
    )
    assert anna.post("/v1/sync/push", request, PushAnswer).resync
    assert team.backend.hello().head == before


def _json(request: PushRequest) -> bytes:

    return msgspec.json.encode(request)


def _tags(team: Team) -> tuple[str, ...]:
    with team.database.read() as connection:
        row = SqlRows(connection, TEMPLATES.server_schema.tables).get(Conversation, HERE)
    assert row is not None
    return row.tags


def test_the_matrix_has_enough_cells() -> None:
    by_place = 4 * len([cell for cell in cells("operations") if cell.where == "any"])
    judged = by_place + len([cell for cell in cells("operations") if cell.where != "any"])
    assert judged + len(TABLE) + len(cells("sight")) >= 2_000
    assert (Path(__file__).parent / "operations.txt").exists()
