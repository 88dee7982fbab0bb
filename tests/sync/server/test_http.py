"""The server over HTTP: the same answers as in one process, and a sentence for whatever is refused."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.operations.conversation import ChangeTags
from agent_desktop.domain.operations.workspace import SaveTeam
from agent_desktop.store.row_file import is_row_file, rows_in
from sync.client.local import LocalTransport
from sync.protocol.messages import (
    Digest,
    Hello,
    Problem,
    PullAnswer,
    PushAnswer,
    PushRequest,
    ScanAnswer,
    SignedIn,
)
from sync.server.limits import Limits, Rate
from sync.server.route import Route
from sync.server.routes import ROUTES
from sync.server.sign_in.guessing import FREE
from tests.factories import ADMIN, ANNA, BEN, make_conversation
from tests.sync.files import TEMPLATES
from tests.sync.server.team import JSON, PASSWORD, PATIENCE, Team, raw, running

HERE = make_conversation().id
ExpectLog = Callable[[str], None]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        yield team


def tag(name: str) -> ChangeTags:
    return ChangeTags(conversation_id=HERE, add=(name,))


def problem(content: bytes) -> Problem:
    return msgspec.json.decode(content, type=Problem)


# ----- the same as in one process


def test_hello_pull_scan_and_digest_answer_as_in_one_process(team: Team) -> None:
    anna, here = team.client(), LocalTransport(team.backend, ANNA.id)
    assert anna.push(team.operation(1, tag("vip")), team.operation(2, tag("new"))).expected == 3

    hello = team.caller(None).get("/v1/sync/hello", Hello)
    assert replace_time(hello) == replace_time(here.hello())
    assert hello.workspace == "Lighthouse"
    query = {"client_id": "laptop", "epoch": team.epoch}
    pulled = anna.get("/v1/sync/pull", PullAnswer, since=0, **query)
    assert replace_time(pulled) == replace_time(here.pull("laptop", team.epoch, 0))
    assert pulled.ack == 2
    assert anna.get("/v1/sync/digest", Digest) == here.digest()

    team.backend.feed.scan_rows = 2
    after, pages = None, 0
    while True:
        query_after = {} if after is None else {"after": after}
        page = anna.get("/v1/sync/scan", ScanAnswer, upto=pulled.upto, **query, **query_after)
        assert page == here.scan("laptop", team.epoch, pulled.upto, after)
        after, pages = page.next, pages + 1
        if after is None:
            break
    assert pages > 1


def test_rows_come_as_a_file_for_who_asks(team: Team) -> None:
    anna = team.client()
    query: dict[str, str | int] = {"client_id": "laptop", "upto": 0}
    plain = anna.get("/v1/sync/scan", ScanAnswer, **query)
    content = anna.ask(
        "GET",
        "/v1/sync/scan",
        params={**query, "row_file": "true"},
        headers={"Accept": "application/msgpack, application/json"},
    )
    assert content.headers["Content-Type"] == "application/msgpack"
    assert set(content.headers["Vary"].split(", ")) == {"Accept", "Accept-Encoding"}
    page = msgspec.msgpack.decode(content.content, type=ScanAnswer)
    assert is_row_file(page.row_file)
    rows = {name: (table.columns, [tuple(row) for row in table.rows]) for name, table in plain.tables.items()}
    assert rows_in(page.row_file) == rows
    assert page == msgspec.structs.replace(plain, tables={}, row_file=page.row_file)
    assert page.count == sum(len(table.rows) for table in plain.tables.values())


def replace_time(answer: msgspec.Struct) -> dict[str, object]:
    return {**msgspec.structs.asdict(answer), "time": 0}


def test_an_answer_is_packed_for_who_takes_it(team: Team) -> None:
    anna = team.client()
    query = {"client_id": "laptop", "epoch": team.epoch, "since": "0"}
    packed = anna.ask("GET", "/v1/sync/pull", params=query, headers={"Accept-Encoding": "gzip"})
    plain = anna.ask("GET", "/v1/sync/pull", params=query, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])
    assert json.loads(packed.content)["tables"] == json.loads(plain.content)["tables"]


def test_a_packed_body_is_unpacked(team: Team) -> None:
    request = PushRequest(client_id="laptop", epoch=team.epoch, operations=[team.operation(1, tag("vip"))])
    body = gzip.compress(msgspec.json.encode(request))
    answer = team.client().ask(
        "POST", "/v1/sync/push", data=body, headers={**JSON, "Content-Encoding": "gzip"}
    )
    assert answer.json()["expected"] == 2


def test_an_old_epoch_is_answered_with_resync(team: Team) -> None:
    request = PushRequest(client_id="laptop", epoch="old", operations=[team.operation(1, tag("vip"))])
    assert team.client().post("/v1/sync/push", request, PushAnswer).resync


# ----- waiting


def test_a_pull_waits_for_the_next_commit_and_not_longer(team: Team) -> None:
    anna, ben = team.client(), team.client(BEN.id)
    head = team.backend.hello().head
    query = {"client_id": "laptop", "epoch": team.epoch, "since": head}
    assert anna.get("/v1/sync/pull", PullAnswer, wait=1, **query).upto == head
    ben.push(team.operation(1, tag("vip")), client_id="other")
    assert anna.get("/v1/sync/pull", PullAnswer, wait=25, **query).upto == head + 1


# ----- who may


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.public], ids=lambda r: r.path)
def test_nobody_gets_anything_without_a_good_token(team: Team, route: Route) -> None:
    method, path = route.method, route.path.replace("{sha256}", "0" * 64)
    for token in (None, "", "ad_wrong", "x" * 5_000):
        caller = team.caller(token) if token else team.caller(None)
        answer = caller.ask(method, path)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_signing_in_and_out(team: Team) -> None:
    team.accounts.set_password(ANNA.id, PASSWORD)
    body = {"email": " Anna@Example.org ", "password": PASSWORD, "device": "laptop"}
    signed_in = team.caller(None).post("/v1/sign-in", body, SignedIn)
    assert (signed_in.user_id, signed_in.name, signed_in.workspace) == (ANNA.id, ANNA.name, "Lighthouse")
    caller = team.caller(signed_in.token)
    caller.get("/v1/sync/digest", Digest)
    answer = caller.ask("POST", "/v1/sign-out")
    assert (answer.status_code, answer.content) == (204, b"")
    assert caller.ask("GET", "/v1/sync/digest").status_code == 401


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(team: Team) -> None:
    team.accounts.set_password(ANNA.id, PASSWORD)
    answers = [
        team.caller(None).ask("POST", "/v1/sign-in", json={"device": "laptop", **who})
        for who in (
            {"email": ANNA.email, "password": "something else"},
            {"email": "nobody@example.org", "password": PASSWORD},
        )
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert answers[0].content == answers[1].content


def test_a_client_belongs_to_one_user(team: Team) -> None:
    team.client().push(team.operation(1, tag("vip")))
    request = PushRequest(client_id="laptop", epoch=team.epoch, operations=[team.operation(2, tag("new"))])
    answer = team.client(BEN.id).ask("POST", "/v1/sync/push", data=msgspec.json.encode(request), headers=JSON)
    assert answer.status_code == 403
    assert problem(answer.content).code == "forbidden"
    query = {"client_id": "laptop", "epoch": team.epoch}
    for path, more in (("/v1/sync/pull", {"since": "0"}), ("/v1/sync/scan", {})):
        assert team.client(BEN.id).ask("GET", path, params={**query, **more}).status_code == 403
        assert team.client().ask("GET", path, params={**query, **more}).status_code == 200


def test_metrics_are_for_those_who_oversee(team: Team) -> None:
    assert team.client().ask("GET", "/metrics").status_code == 403
    admin = team.client(ADMIN.id)
    admin.get("/v1/sync/digest", Digest)
    text = admin.ask("GET", "/metrics").text
    assert 'agent_desktop_requests_total{method="GET",route="/v1/sync/digest",status="200"} 1' in text
    assert f"agent_desktop_head_version {team.backend.hello().head}" in text
    assert 'agent_desktop_mail_waiting{for="to_read"} 0' in text
    assert 'agent_desktop_mail_oldest_seconds{for="held"} 0' in text


def test_what_a_role_may_not_do_is_a_verdict_and_no_status(team: Team) -> None:
    anna = team.client()
    save = SaveTeam(team_id=team.ids.new(), name="Mine")
    assert anna.push(team.operation(1, save)).expected == 2


# ----- limits


def test_a_protocol_of_yesterday_is_told_to_update(team: Team) -> None:
    caller = team.caller(None)
    assert caller.ask("GET", "/v1/sync/hello", headers={"Agent-Desktop-Protocol": "0"}).status_code == 426
    assert caller.ask("GET", "/v1/sync/hello", headers={"Agent-Desktop-Protocol": "new"}).status_code == 400


def test_too_many_operations_too_large_bodies_and_bombs_are_refused(team: Team) -> None:
    anna = team.client()
    many = [team.operation(number, tag("vip")) for number in range(1, 102)]
    request = PushRequest(client_id="laptop", epoch=team.epoch, operations=many)
    bodies = {
        "many": (msgspec.json.encode(request), {}),
        "large": (b" " * 2_000_001, {}),
        "bomb": (gzip.compress(b" " * 50_000_000), {"Content-Encoding": "gzip"}),
    }
    for body, headers in bodies.values():
        answer = anna.ask("POST", "/v1/sync/push", data=body, headers={**JSON, **headers})
        assert answer.status_code == 413, answer.text


def test_an_endless_body_is_cut_at_the_limit(team: Team) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(1_000):
            yield b" " * 65_536

    answer = None
    try:
        answer = team.client().ask("POST", "/v1/sync/push", data=endless(), headers=JSON)
    except (ConnectionError, OSError):
        return  # the server hung up before everything was sent
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"a":' * 100_000, 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"client_id":"a","epoch":"e","operations":[{"id":1}]}', 422),
        (b'{"client_id":"a\\u0000","epoch":"e","operations":[]}', 422),
    ],
)
def test_what_is_not_ours_is_refused_and_not_quoted(team: Team, body: bytes, status: int) -> None:
    answer = team.client().ask("POST", "/v1/sync/push", data=body, headers=JSON)
    assert answer.status_code == status
    assert problem(answer.content).code in ("malformed", "invalid")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "client_id=a&epoch=e",
        "client_id=a&epoch=e&since=-1",
        "client_id=a&epoch=e&since=x",
        "client_id=a&epoch=e&since=99999999999999999999",
        "client_id=a&epoch=e&since=1&wait=31",
        "client_id=%00&epoch=e&since=1",
    ],
)
def test_queries_are_checked(team: Team, query: str) -> None:
    assert team.client().ask("GET", f"/v1/sync/pull?{query}").status_code == 422


@pytest.mark.parametrize("after", ["nothing", "nothing:", ":", "user:\x00", "*:1"])
def test_a_place_that_no_scan_gave_is_refused(team: Team, after: str) -> None:
    query = {"client_id": "a", "epoch": team.epoch, "after": after}
    assert team.client().ask("GET", "/v1/sync/scan", params=query).status_code == 422


def test_a_device_that_asks_too_often_waits(tmp_path: Path) -> None:
    limits = Limits(requests=Rate(0.1, 3.0))
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs", limits) as team:
        anna, other = team.client(), team.client()
        statuses = [anna.ask("GET", "/v1/sync/digest").status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
        assert int(anna.ask("GET", "/v1/sync/digest").headers["Retry-After"]) > 0
        assert other.ask("GET", "/v1/sync/digest").status_code == 200
        strangers = [team.caller(None).ask("GET", "/v1/sync/hello").status_code for _ in range(4)]
        assert strangers == [200, 200, 200, 429]


def test_a_network_of_the_sixth_version_is_one_stranger(tmp_path: Path) -> None:
    limits = Limits(requests=Rate(0.1, 3.0))
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs", limits=limits) as team:
        stranger = team.caller(None)

        def ask(address: str) -> int:
            return stranger.ask("GET", "/v1/sync/hello", headers={"X-Forwarded-For": address}).status_code

        assert [ask(f"2001:db8::{number}") for number in range(1, 5)] == [200, 200, 200, 429]
        assert ask("2001:db8:0:1::1") == 200


def test_guessing_passwords_gets_slow_and_a_right_one_costs_nothing(tmp_path: Path) -> None:
    limits = Limits(account_guesses=Rate(1 / 30, 30.0), address_guesses=Rate(1 / 30, 12.0))
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs", limits) as team:
        team.accounts.set_password(ANNA.id, PASSWORD)

        def attempt(email: str, password: str) -> int:
            body = {"email": email, "password": password, "device": "d"}
            return team.caller(None).ask("POST", "/v1/sign-in", json=body).status_code

        assert [attempt(ANNA.email, PASSWORD) for _ in range(5)] == [200] * 5
        assert [attempt(ANNA.email, "wrong") for _ in range(FREE + 1)] == [401] * FREE + [429]
        assert attempt(ANNA.email, PASSWORD) == 429, "also a right one waits, or it could be found"
        assert [attempt(f"{n}@example.org", "wrong") for n in range(8)][-1] == 429, "by address, too"


def test_more_than_can_wait_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = Limits(threads=1, waiting=0)
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs", limits) as team:
        anna, digest = team.client(), team.backend.digest
        begun, go_on = threading.Event(), threading.Event()

        def ask() -> None:
            # The place of an answer is free again a moment after the answer.
            while anna.ask("GET", "/v1/sync/digest").status_code == 503:
                pass

        ask()

        def slowly(user_id: str) -> Digest:
            begun.set()
            assert go_on.wait(PATIENCE)
            return digest(user_id)

        monkeypatch.setattr(team.backend, "digest", slowly)
        asking = threading.Thread(target=ask)
        asking.start()
        assert begun.wait(PATIENCE)
        refused = team.caller(None).ask("GET", "/v1/sync/hello")
        go_on.set()
        asking.join()
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert problem(refused.content).code == "busy"


# ----- whatever comes


@pytest.fixture(scope="module")
def shared_team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("team")
    generous = Limits(requests=Rate(1e6, 1e6), account_guesses=Rate(1e6, 1e6), address_guesses=Rate(1e6, 1e6))
    with running(TEMPLATES.server(folder / "server.db"), folder / "blobs", generous) as team:
        yield team


WITH_BODY = [(route.method, route.path.replace("{sha256}", "0" * 64)) for route in ROUTES if route.body != ""]


@given(
    where=st.sampled_from(WITH_BODY),
    body=st.binary(max_size=200) | st.text(max_size=100).map(json.dumps).map(str.encode),
    packed=st.booleans(),
)
def test_no_body_breaks_the_server(
    shared_team: Team, where: tuple[str, str], body: bytes, packed: bool
) -> None:
    headers = {**JSON, **({"Content-Encoding": "gzip"} if packed else {}), "Upload-Offset": "0"}
    answer = shared_team.client().ask(*where, data=body, headers=headers)
    assert answer.status_code < 500


@given(path=st.text(max_size=40), query=st.text(max_size=40))
def test_no_path_breaks_the_server(shared_team: Team, path: str, query: str) -> None:
    target = f"/v1/{quote(path, safe='/')}?{quote(query, safe='=&')}"
    assert shared_team.caller(None).ask("GET", target).status_code < 500


def test_a_browser_takes_no_answer_for_a_page(shared_team: Team) -> None:
    anna, stranger = (
        shared_team.caller(shared_team.accounts.issue(ANNA.id, "x").token),
        shared_team.caller(None),
    )
    answers = [
        anna.ask("GET", "/v1/sync/digest"),
        anna.ask("GET", "/v1/openapi.json"),
        anna.ask("HEAD", "/healthz"),
        stranger.ask("GET", "/v1/sync/digest"),
        stranger.ask("GET", "/nowhere"),
        stranger.ask("POST", "/oauth/token", data={"grant_type": "password"}),
        stranger.ask("TRACE", "/healthz"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 405, 401, 404, 400, 405]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert all(f"{what} 'none'" in policy for what in ("default-src", "base-uri", "frame-ancestors"))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Server" not in answer.headers


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\n{",
        b"POST /v1/sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_answered_or_hung_up_on(shared_team: Team, request_bytes: bytes) -> None:
    answer = raw(shared_team, request_bytes)
    assert not answer.startswith(b"HTTP/1.1 5")
    assert shared_team.caller(None).ask("GET", "/healthz").status_code == 200


def test_health_says_when_the_database_does_not_answer(
    team: Team, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    expect_log("the database does not answer")

    def fail() -> Hello:
        raise StoreError("The disk is full.", "full")

    assert team.caller(None).ask("GET", "/healthz").status_code == 200
    monkeypatch.setattr(team.backend, "hello", fail)
    answer = team.caller(None).ask("GET", "/healthz")
    assert (answer.status_code, problem(answer.content).code) == (503, "unavailable")


def test_a_defect_is_told_without_what_it_was_about(
    team: Team, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    expect_log("a request failed")

    def fail(user_id: str) -> Digest:
        raise RuntimeError("the customer wrote CANARY")

    monkeypatch.setattr(team.backend, "digest", fail)
    answer = team.client().ask("GET", "/v1/sync/digest")
    assert answer.status_code == 500
    assert b"CANARY" not in answer.content
