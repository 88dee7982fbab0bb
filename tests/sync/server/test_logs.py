"""Logs are JSON, and nothing that anybody wrote is ever in them."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.rows import user_scope
from sync.protocol.messages import Digest
from sync.server import logs
from sync.server.serving import TeamServer, bind
from tests.factories import ANNA, make_conversation
from tests.sync.files import TEMPLATES
from tests.sync.server.team import JSON, PASSWORD, running

CANARY = "canary-7f3a"
ExpectLog = Callable[[str], None]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a server process writes; the handlers of the tests are put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, level = list(root.handlers), root.level
    logs.set_up(stream)
    root.handlers += handlers
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


def test_an_error_is_told_by_its_type_and_places(written: io.StringIO, expect_log: ExpectLog) -> None:
    expect_log("it failed")
    logger = logging.getLogger("agent_desktop.server")
    try:
        try:
            raise ValueError(f"the customer wrote {CANARY}")
        except ValueError as error:
            raise RuntimeError(CANARY) from error
    except RuntimeError as error:
        logger.exception("it failed: %s", error)
    line = json.loads(written.getvalue())
    assert CANARY not in written.getvalue()
    assert (line["level"], line["event"]) == ("error", "it failed: RuntimeError")
    assert line["error"]["type"] == "builtins.RuntimeError"
    assert line["error"]["causes"] == ["builtins.ValueError"]
    assert "test_logs.py" in line["error"]["places"][0]


def test_an_error_that_is_its_own_cause_is_told_once(written: io.StringIO, expect_log: ExpectLog) -> None:
    expect_log("it failed")
    error = RuntimeError()
    other = ValueError()
    error.__cause__, other.__cause__ = other, error
    logging.getLogger("agent_desktop.server").error("it failed", exc_info=error)
    assert json.loads(written.getvalue())["error"]["causes"] == ["builtins.ValueError"]


def test_no_text_password_or_token_is_logged(
    written: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: ExpectLog
) -> None:
    expect_log("a request failed")
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        team.accounts.set_password(ANNA.id, PASSWORD + CANARY)
        token = team.accounts.issue(ANNA.id, f"laptop {CANARY}").token
        anna = team.caller(token)
        for password in (PASSWORD + CANARY, CANARY):
            body = {"email": ANNA.email, "password": password, "device": CANARY}
            anna.ask("POST", "/v1/sign-in", json=body)
        note = AddNote(conversation_id=make_conversation().id, message_id=team.ids.new(), text=CANARY)
        anna.push(team.operation(1, note), team.operation(2, note, payload=f'{{"{CANARY}": 1}}'))
        anna.ask("POST", "/v1/sync/push", data=f'{{"client_id": "{CANARY}"'.encode(), headers=JSON)
        anna.ask("GET", f"/v1/sync/pull?client_id={CANARY}&epoch={CANARY}&since={CANARY}")
        anna.ask("GET", f"/{CANARY}")
        anna.ask("GET", f"/v1/blobs/{CANARY}")

        def fail(user_id: str) -> Digest:
            with team.database.read() as connection:
                connection.execute(f"SELECT ? FROM {CANARY[:6]}", (CANARY + user_scope(user_id),))
            raise AssertionError

        monkeypatch.setattr(team.backend, "digest", fail)
        assert anna.ask("GET", "/v1/sync/digest").status_code == 500
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert CANARY not in written.getvalue()
    assert token.removeprefix("ad_") not in written.getvalue()
    requests = [line for line in lines if line["event"] == "request"]
    assert {line["route"] for line in requests} >= {"/v1/sync/push", "/v1/sync/pull", "/v1/blobs/{sha256}"}
    assert {line["status"] for line in requests} >= {200, 422, 500}
    refused = [line for line in requests if line["route"] == "/v1/sign-in"]
    assert [line["status"] for line in refused] == [401], "who was not let in is looked for afterwards"
    failed = next(line for line in lines if line["event"] == "a request failed")
    assert "sqlite3.OperationalError" in (failed["error"]["type"], *failed["error"]["causes"])


def test_a_database_that_goes_away_at_the_start_ends_the_process_with_a_sentence(
    tmp_path: Path, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise StoreError("The database of the server cannot be reached.", CANARY)

    with (
        running(TEMPLATES.server(tmp_path / "server.db"), tmp_path) as team,
        bind("127.0.0.1:0") as listening,
    ):
        monkeypatch.setattr(team.services.hub, "start", away)
        with pytest.raises(StoreError, match="cannot be reached"):
            TeamServer(team.services).serve_on(listening)
    assert CANARY not in written.getvalue()
    assert "Traceback" not in written.getvalue()
