"""Files over HTTP: sent in pieces that survive a cut, verified, and read by those who may see them."""

import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
import requests

from agent_desktop.domain.clock import ManualClock, SystemClock
from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.operations.message import AddNote
from sync.protocol.messages import BlobState
from sync.server.blobs import Uploads
from sync.server.mail.intake import Intake
from tests.factories import ANNA, BEN, make_conversation, make_file
from tests.sync.files import TEMPLATES
from tests.sync.server.team import PATIENCE, Caller, Team, running

CONTENT = Random(1).randbytes(2_560_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
PIECE = 1_000_000
ExpectLog = Callable[[str], None]


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        yield team


def announce(caller: Caller, sha256: str = SHA, size: int = len(CONTENT)) -> requests.Response:
    return caller.ask("POST", "/v1/blobs", json={"sha256": sha256, "size": size})


def send(caller: Caller, offset: int, piece: bytes, sha256: str = SHA) -> requests.Response:
    return caller.ask("PATCH", f"/v1/blobs/{sha256}", data=piece, headers={"Upload-Offset": str(offset)})


def upload(caller: Caller, content: bytes = CONTENT) -> str:
    sha256 = hashlib.sha256(content).hexdigest()
    offset = announce(caller, sha256, len(content)).json()["offset"]
    while offset < len(content):
        offset = send(caller, offset, content[offset : offset + PIECE], sha256).json()["offset"]
    return sha256


def attach(team: Team, caller: Caller, number: int, sha256: str = SHA, client_id: str = "laptop") -> None:
    """Name the file in a note that everybody sees."""
    note = AddNote(
        conversation_id=make_conversation().id,
        message_id=team.ids.new(),
        text="See the file",
        files=(make_file(id=team.ids.new(), sha256=sha256),),
    )
    caller.push(team.operation(number, note), client_id=client_id)


# ----- sending


def test_a_file_arrives_in_pieces_and_lies_under_its_hash(team: Team) -> None:
    anna = team.client()
    assert announce(anna).json() == {"sha256": SHA, "size": len(CONTENT), "offset": 0}
    assert send(anna, 0, CONTENT[:PIECE]).headers["Upload-Offset"] == str(PIECE)
    assert not team.services.uploads.has(SHA)
    assert announce(anna).json()["offset"] == PIECE
    send(anna, PIECE, CONTENT[PIECE : 2 * PIECE])
    assert send(anna, 2 * PIECE, CONTENT[2 * PIECE :]).json()["offset"] == len(CONTENT)
    assert (team.folder / SHA[:2] / SHA[2:]).read_bytes() == CONTENT
    assert team.services.uploads.has(SHA)
    assert list((team.folder / ".uploads").iterdir()) == []
    assert announce(anna).json()["offset"] == len(CONTENT), "nobody sends it again"


def test_a_piece_whose_answer_was_lost_may_come_again(team: Team) -> None:
    anna = team.client()
    announce(anna)
    send(anna, 0, CONTENT[:PIECE])
    assert send(anna, 0, CONTENT[:PIECE]).json()["offset"] == PIECE
    send(anna, PIECE, CONTENT[PIECE:])
    assert (team.folder / SHA[:2] / SHA[2:]).read_bytes() == CONTENT


def test_a_piece_that_leaves_a_gap_is_not_taken(team: Team) -> None:
    anna = team.client()
    announce(anna)
    assert send(anna, PIECE, CONTENT[PIECE : 2 * PIECE]).json()["offset"] == 0


def test_an_upload_goes_on_after_a_cut(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    token = team.accounts.issue(ANNA.id, "laptop").token
    anna = team.caller(token)
    announce(anna)
    head = (
        f"PATCH /v1/blobs/{SHA} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Upload-Offset: 0\r\nContent-Length: {PIECE}\r\n\r\n"
    )
    written = threading.Event()
    append = team.services.intake.append

    def append_and_tell(user_id: str, sha256: str, offset: int, piece: bytes) -> BlobState:
        state = append(user_id, sha256, offset, piece)
        written.set()
        return state

    monkeypatch.setattr(team.services.intake, "append", append_and_tell)
    with socket.create_connection(("127.0.0.1", team.port)) as connection:
        connection.sendall(head.encode() + CONTENT[: PIECE // 2])
        assert written.wait(PATIENCE)
    offset = announce(anna).json()["offset"]
    assert 0 < offset <= PIECE // 2, "what arrived is kept"
    upload(anna)
    assert (team.folder / SHA[:2] / SHA[2:]).read_bytes() == CONTENT


def test_what_is_not_what_its_hash_says_is_not_kept(team: Team) -> None:
    anna, wrong = team.client(), b"x" * 100
    announce(anna, SHA, 100)
    answer = send(anna, 0, wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_hash")
    assert not team.services.uploads.has(SHA)
    assert announce(anna, SHA, 100).json()["offset"] == 0


def test_an_empty_file_needs_no_piece(team: Team) -> None:
    sha256 = hashlib.sha256(b"").hexdigest()
    assert announce(team.client(), sha256, 0).json()["offset"] == 0
    assert team.services.uploads.has(sha256)


def test_limits_of_files(team: Team) -> None:
    anna = team.client()
    assert announce(anna, size=100_000_001).status_code == 413
    assert announce(anna, size=100_000_000).status_code == 200
    announce(anna, size=10)
    assert send(anna, 0, b"x" * 11).status_code == 413
    assert send(anna, 0, b"x" * 8_000_001).status_code == 413
    for offset in ("", "-1", "x", "1.0", "9" * 17, "٣"):
        answer = anna.ask("PATCH", f"/v1/blobs/{SHA}", data=b"x", headers={"Upload-Offset": offset.encode()})
        assert answer.status_code == 422, offset
    other = hashlib.sha256(b"other").hexdigest()
    assert send(anna, 0, b"x", other).status_code == 404, "never announced"


@pytest.mark.parametrize(
    "name",
    ["../server.db", "..%2fserver.db", "%2e%2e/server.db", "A" * 64, "0" * 63, ".uploads", "0" * 64 + "%00"],
)
def test_only_hashes_name_files(team: Team, name: str) -> None:
    anna = team.client()
    for method in ("GET", "HEAD", "PATCH"):
        request = requests.Request(method, team.address, headers={"Upload-Offset": "0"}).prepare()
        request.url = f"{team.address}/v1/blobs/{name}"
        request.headers.update({**anna.session.headers, "Upload-Offset": "0"})
        assert anna.session.send(request, timeout=30).status_code in (404, 405, 422)
    body = {"sha256": name, "size": 1}
    assert anna.ask("POST", "/v1/blobs", json=body).status_code == 422


def test_uploads_that_nobody_goes_on_with_are_given_up(tmp_path: Path) -> None:
    uploads, clock = Uploads(tmp_path, 1_000), ManualClock(SystemClock().now())
    uploads.begin(ANNA.id, SHA, 100)
    uploads.append(ANNA.id, SHA, 0, b"x")
    assert uploads.sweep(clock) == 0
    clock.advance(timedelta(hours=25))
    assert uploads.sweep(clock) == 1
    assert uploads.append(ANNA.id, SHA, 1, b"x") is None
    assert uploads.begin(ANNA.id, SHA, 100) == BlobState(sha256=SHA, size=100, offset=0)


def test_a_database_that_is_away_for_a_moment_ends_no_sweeping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    expect_log("agent_desktop.server: WARNING: .*forgotten later")
    swept: list[None] = []
    again = threading.Event()

    def sweep(intake: Intake) -> None:
        swept.append(None)
        if len(swept) == 1:
            raise StoreError("The database does not answer.")
        again.set()

    monkeypatch.setattr(Intake, "sweep", sweep)
    monkeypatch.setattr("sync.server.services.SWEEP_SECONDS", 0.01)
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs"):
        assert again.wait(PATIENCE)


def test_an_operation_waits_for_the_files_it_names(team: Team) -> None:
    anna = team.client()
    note = AddNote(
        conversation_id=make_conversation().id,
        message_id=team.ids.new(),
        text="See the file",
        files=(make_file(id=team.ids.new(), sha256=SHA),),
    )
    operation = team.operation(1, note)
    waits = anna.push(operation)
    assert (waits.expected, waits.missing) == (1, [SHA])
    upload(anna)
    goes = anna.push(operation)
    assert (goes.expected, goes.missing) == (2, [])


# ----- reading


def test_a_file_is_read_by_who_sees_what_names_it(team: Team) -> None:
    anna, ben = team.client(), team.client(BEN.id)
    upload(anna)
    assert ben.ask("GET", f"/v1/blobs/{SHA}").status_code == 404, "nothing names it yet"
    assert anna.ask("GET", f"/v1/blobs/{SHA}").status_code == 404
    attach(team, anna, 1)
    answer = ben.ask("GET", f"/v1/blobs/{SHA}")
    assert answer.content == CONTENT
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"] == "attachment"
    head = ben.ask("HEAD", f"/v1/blobs/{SHA}")
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(CONTENT)))
    again = ben.ask("GET", f"/v1/blobs/{SHA}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        ("bytes=2559990-", 2_559_990, len(CONTENT) - 1),
        ("bytes=-10", len(CONTENT) - 10, len(CONTENT) - 1),
        ("bytes=-9999999", 0, len(CONTENT) - 1),
        ("bytes=0-99999999999", 0, len(CONTENT) - 1),
    ],
)
def test_a_piece_of_a_file(team: Team, wanted: str, first: int, last: int) -> None:
    anna = team.client()
    attach(team, anna, 1, upload(anna))
    answer = anna.ask("GET", f"/v1/blobs/{SHA}", headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert answer.content == CONTENT[first : last + 1]


def test_ranges_that_are_none_and_ranges_beyond_the_end(team: Team) -> None:
    anna = team.client()
    attach(team, anna, 1, upload(anna))
    beyond = anna.ask("GET", f"/v1/blobs/{SHA}", headers={"Range": f"bytes={len(CONTENT)}-"})
    assert beyond.status_code == 416
    for strange in ("bytes=5-2", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=x"):
        answer = anna.ask("GET", f"/v1/blobs/{SHA}", headers={"Range": strange})
        assert (answer.status_code, len(answer.content)) == (200, len(CONTENT)), strange
