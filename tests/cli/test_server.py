"""The program `agent-desktop-server`: what it prints, what it refuses, and two processes that serve one workspace."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect
from unittest.mock import patch

import msgspec
import pytest
import requests

from agent_desktop.cli.server.main import main
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.customer import CreateCustomer
from sync.protocol.messages import Hello, PushRequest, StreamedDelta, WireOperation
from tests.factories import an_id
from tests.project.tree import ROOT

PASSWORD = "correct horse battery"
PATIENCE = 60


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


class Server:
    """The program on one database."""

    def __init__(self, database: str, blobs: Path) -> None:
        self.database = database
        self.environment = {
            **os.environ,
            "AGENT_DESKTOP_DATABASE": database,
            "AGENT_DESKTOP_BLOBS": str(blobs),
            "PYTHONWARNINGS": "error",
        }

    def command(self, arguments: Sequence[str]) -> list[str]:
        # Nothing of Qt may be needed: a server has no screen.
        blocked = "import sys; sys.modules['PySide6'] = None; sys.modules['keyring'] = None;"
        code = f"{blocked} from agent_desktop.cli.server.main import main; sys.exit(main(sys.argv[1:]))"
        return [sys.executable, "-c", code, *arguments]

    def run(self, *arguments: str, words: str = "") -> Finished:
        """Run a command in this process: to start one for each takes longer than what it does."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.environment),
            patch.object(sys, "stdin", io.StringIO(words)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                code = main(arguments)
            except SystemExit as usage:
                code = int(str(usage.code))
        return Finished(code, out.getvalue(), err.getvalue())

    def done(self, *arguments: str, words: str = "") -> str:
        finished = self.run(*arguments, words=words)
        assert (finished.returncode, finished.stderr) == (0, "")
        return finished.stdout

    def set_up(self) -> None:
        """A workspace and two people."""
        self.done("workspace", "create", "--name", "Lighthouse")
        self.done("user", "add", "ada@example.org", "--name", "Ada", "--role", "admin", words=f"{PASSWORD}\n")
        self.done("user", "add", "anna@example.org", "--name", "Anna", words=f"{PASSWORD}\n")


class Process:
    """One running server."""

    def __init__(self, server: Server, *options: str) -> None:
        self.popen = subprocess.Popen(
            server.command(["serve", "--listen", "127.0.0.1:0", *options]),
            stderr=subprocess.PIPE,
            text=True,
            env=server.environment,
            cwd=ROOT,
        )
        assert self.popen.stderr is not None
        self.lines: list[str] = []
        # What is due in the background may be told of first.
        for line in self.popen.stderr:
            self.lines.append(line)
            if '"serving"' in line:
                break
        else:
            pytest.fail("".join(self.lines))
        self.address = json.loads(self.lines[-1])["address"]
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.session = requests.Session()
        self.session.trust_env = False

    def _read(self) -> None:
        assert self.popen.stderr is not None
        self.lines += self.popen.stderr

    def end(self, number: int = signal.SIGTERM) -> int:
        if self.popen.poll() is None:
            self.popen.send_signal(number)
        code = self.popen.wait(PATIENCE)
        self._reader.join()
        assert self.popen.stderr is not None
        self.popen.stderr.close()
        self.session.close()
        return code

    def sign_in(self, email: str) -> dict[str, str]:
        body = {"email": email, "password": PASSWORD, "device": "test"}
        answer = self.session.post(f"{self.address}/v1/sign-in", json=body, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    def hello(self) -> Hello:
        content = self.session.get(f"{self.address}/v1/sync/hello", timeout=PATIENCE).content
        return msgspec.json.decode(content, type=Hello)

    def get(self, path: str, headers: dict[str, str], **query: object) -> requests.Response:
        return self.session.get(
            self.address + path,
            headers=headers,
            params=query,
            timeout=PATIENCE,
            stream=True,  # type: ignore[arg-type]
        )

    def push_customer(self, headers: dict[str, str], name: str, number: int) -> None:
        payload = CreateCustomer(customer_id=an_id(name), name=name)
        kind = kind_of(payload)
        operation = WireOperation(
            id=an_id(f"operation {name}"),
            number=number,
            kind=kind.name,
            version=kind.version,
            at=1_700_000_000_000_000,
            seen=0,
            payload=encode_payload(payload),
        )
        request = PushRequest(client_id="laptop", epoch=self.hello().epoch, operations=[operation])
        answer = self.session.post(
            f"{self.address}/v1/sync/push",
            data=msgspec.json.encode(request),
            headers={**headers, "Content-Type": "application/json"},
            timeout=PATIENCE,
        )
        assert answer.json()["expected"] == number + 1


def events(answer: requests.Response) -> Iterator[tuple[str, str]]:
    name = ""
    for line in answer.iter_lines(chunk_size=1):
        text = line.decode()
        if text.startswith("event: "):
            name = text.removeprefix("event: ")
        elif text.startswith("data: "):
            yield name, text.removeprefix("data: ")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(f"sqlite:///{tmp_path / 'team.db'}", tmp_path / "blobs")


# ----- commands


def test_from_nothing_to_a_workspace(server: Server, tmp_path: Path) -> None:
    server.set_up()
    users = [json.loads(line) for line in server.done("user", "list", "--json").splitlines()]
    assert [(user["email"], user["role"], user["active"]) for user in users] == [
        ("ada@example.org", "admin", True),
        ("anna@example.org", "agent", True),
    ]
    facts = json.loads(server.done("workspace", "show", "--json"))
    assert (facts["name"], facts["users"]) == ("Lighthouse", 2)
    assert "FAIL" not in server.done("verify")
    epoch = server.done("workspace", "epoch", "--new").strip()
    assert epoch not in ("", facts["epoch"])
    assert json.loads(server.done("workspace", "show", "--json"))["epoch"] == epoch
    server.done("user", "disable", "anna@example.org")
    assert "disabled" in server.done("user", "list")
    server.done("user", "enable", "anna@example.org")
    assert "disabled" not in server.done("user", "list")
    for file in tmp_path.glob("team.db*"):
        assert PASSWORD.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], 2),
        (["nothing"], 2),
        (["user", "add"], 2),
        (["workspace", "show"], 1),
        (["user", "list"], 1),
        (["serve"], 1),
        (["backup", "here.db"], 1),
        (["restore", "missing.db"], 1),
        (["seed", "--conversations", "0"], 1),
    ],
)
def test_what_cannot_be_done_is_one_sentence(server: Server, arguments: list[str], code: int) -> None:
    finished = server.run(*arguments)
    assert finished.returncode == code
    assert "Traceback" not in finished.stderr
    if code == 1:
        assert finished.stderr.count("\n") == 1
        assert finished.stderr.endswith(".\n")


def test_an_address_that_is_none_or_taken(server: Server) -> None:
    server.done("workspace", "create", "--name", "Lighthouse")
    assert "HOST:PORT" in server.run("serve", "--listen", "here").stderr
    process = Process(server)
    listen = process.address.removeprefix("http://")
    finished = server.run("serve", "--listen", listen)
    assert (finished.returncode, finished.stderr.count("\n")) == (1, 1)
    assert "Choose another address or port" in finished.stderr
    assert process.end() == 0


def test_databases_that_are_none(server: Server) -> None:
    for database, words in (
        ("mysql://somewhere", "sqlite:///FILE or postgresql://"),
        ("sqlite:////nowhere/at/all.db", "cannot be opened"),
        ("postgresql://127.0.0.1:1/none", "cannot be reached"),
    ):
        finished = server.run("migrate", "--database", database)
        assert finished.returncode == 1
        assert words in finished.stderr
        assert "Traceback" not in finished.stderr


def test_a_server_whose_database_is_away_says_that_it_has_ended(server: Server, tmp_path: Path) -> None:
    away = "postgresql://127.0.0.1:1/none"
    finished = server.run("serve", "--database", away, "--blobs", str(tmp_path / "blobs"))
    assert (finished.returncode, finished.stderr.count("\n")) == (1, 1)
    assert "so this has ended. Nothing was lost. Start it again" in finished.stderr


def test_a_workspace_is_made_once(server: Server) -> None:
    server.set_up()
    assert "already" in server.run("workspace", "create", "--name", "Other").stderr
    assert "already" in server.run("seed").stderr
    assert "already" in server.run("user", "add", "Ada@example.org", "--name", "A", words=PASSWORD).stderr
    assert "10 to 1,024" in server.run("user", "password", "ada@example.org", words="short\n").stderr
    assert "no team" in server.run("user", "add", "b@example.org", "--name", "B", "--team", "No").stderr


def test_a_seeded_workspace_is_whole_and_comes_back_from_a_backup(server: Server, tmp_path: Path) -> None:
    words = server.done("seed", "--conversations", "60", "--password", words=f"{PASSWORD}\n")
    assert words.startswith("60 conversations")
    assert "FAIL" not in server.done("verify")
    before = json.loads(server.done("workspace", "show", "--json"))
    backup = tmp_path / "backup.db"
    server.done("backup", str(backup))
    assert [file.name for file in tmp_path.glob("backup*")] == ["backup.db"]
    assert "is there already" in server.run("backup", str(backup)).stderr
    assert "workspace already" in server.run("restore", str(backup)).stderr

    other = Server(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "blobs")
    other.done("restore", str(backup))
    after = json.loads(other.done("workspace", "show", "--json"))
    assert after.pop("epoch") != before.pop("epoch")
    assert after == before
    assert "FAIL" not in other.done("verify")
    strange = tmp_path / "strange.db"
    with closing(connect(strange)) as database:
        database.execute("CREATE TABLE something (x)")
    third = Server(f"sqlite:///{tmp_path / 'third.db'}", tmp_path / "blobs")
    assert "no backup" in third.run("restore", str(strange)).stderr


def test_verify_finds_what_does_not_agree(server: Server, tmp_path: Path) -> None:
    server.done("seed", "--conversations", "60")
    with closing(connect(tmp_path / "team.db")) as database, database:
        database.execute("DELETE FROM conversation WHERE id = (SELECT min(conversation_id) FROM message)")
        database.execute(
            "UPDATE attachment SET scope = 'u:nobody' WHERE pk = (SELECT min(pk) FROM attachment)"
        )
        database.execute("UPDATE tag SET ver = 99 WHERE pk = (SELECT min(pk) FROM tag)")
        database.execute("DROP INDEX message_conversation")
    shutil.rmtree(tmp_path / "blobs")
    finished = server.run("verify")
    assert finished.returncode == 1
    failed = {line.split()[1] for line in finished.stdout.splitlines() if line.startswith("FAIL")}
    assert failed == {"indexes", "versions", "digests", "orphans", "files"}


# ----- who is signed in where


def test_devices_are_shown_and_signed_out_and_a_second_factor_taken_away(server: Server) -> None:
    server.set_up()
    assert server.done("user", "devices", "anna@example.org") == ""
    process = Process(server, "--simulate-channels")
    token, other = process.sign_in("anna@example.org"), process.sign_in("anna@example.org")
    devices = [
        json.loads(line) for line in server.done("user", "devices", "anna@example.org", "--json").splitlines()
    ]
    assert [(device["name"], device["signed_in"]) for device in devices] == [("test", True)] * 2
    listed = process.get("/v1/devices", token).json()["devices"]
    (mine,) = [device["id"] for device in listed if device["this"]]
    server.done("user", "sign-out", "anna@example.org", "--device", mine)
    assert "no such device" in server.run("user", "sign-out", "ada@example.org", "--device", mine).stderr
    heard = process.get("/v1/sync/stream", other, epoch=process.hello().epoch, since=0)
    states = server.done("user", "devices", "anna@example.org")
    assert ("signed out" in states, "signed in" in states) == (True, True)
    server.done("user", "sign-out", "anna@example.org")
    assert ("bye", "{}") in list(events(heard)), "within the time that the other process looks again"
    assert "signed in" not in server.done("user", "devices", "anna@example.org")
    assert "no second factor" in server.run("user", "totp", "reset", "anna@example.org").stderr
    assert process.end() == 0


def test_rules_of_signing_in_are_set_and_shown(server: Server) -> None:
    server.set_up()
    assert [line[:3] for line in server.done("workspace", "sign-in").splitlines()] == ["off", "off"]
    said = server.done("workspace", "sign-in", "--browser-only", "on", "--second-factor", "on")
    assert [line[:3] for line in said.splitlines()] == ["on ", "on "]
    process = Process(server, "--simulate-channels")
    body = {"email": "anna@example.org", "password": PASSWORD, "device": "test"}
    answer = process.session.post(f"{process.address}/v1/sign-in", json=body, timeout=PATIENCE)
    assert (answer.status_code, answer.json()["code"]) == (403, "browser_only")
    process.end()
    said = server.done("workspace", "sign-in", "--browser-only", "off")
    assert [line[:3] for line in said.splitlines()] == ["off", "on "]
    assert server.done("audit", "list", "--action", "workspace.rule").count("browser_only") == 2


def test_who_signs_in_by_the_company_has_no_password(server: Server, tmp_path: Path) -> None:
    server.set_up()
    said = server.done("user", "add", "carl@example.org", "--name", "Carl", "--company")
    assert "with the account of the company" in said
    with closing(connect(tmp_path / "team.db")) as database:
        found = database.execute(
            "SELECT count(*) FROM company_invitation i JOIN user u ON u.id = i.user_id"
            " WHERE u.email = 'carl@example.org' AND u.id NOT IN (SELECT user_id FROM account)"
        )
        assert found.fetchone() == (1,)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--company-issuer", "https://login.example"], "--public-url"),
        (["--public-url", "http://desk.example.com"], "public address"),
        (["--public-url", "https://desk.example.com/path"], "public address"),
        (
            ["--company-issuer", "http://login.example", "--public-url", "https://desk.example.com"],
            "https address as its issuer",
        ),
    ],
)
def test_what_signing_in_needs_is_asked_for_at_the_start(
    server: Server, options: list[str], words: str
) -> None:
    server.set_up()
    finished = server.run("serve", "--listen", "127.0.0.1:0", *options)
    assert (finished.returncode, words in finished.stderr) == (1, True), finished.stderr


def test_the_key_of_the_server_is_made_once_and_may_be_given(server: Server, tmp_path: Path) -> None:
    server.set_up()
    process = Process(server, "--simulate-channels")
    process.end()
    kept = tmp_path / "blobs" / "server.key"
    made = kept.read_text()
    Process(server, "--simulate-channels").end()
    assert kept.read_text() == made
    server.environment["AGENT_DESKTOP_KEY"] = "no key"
    finished = server.run("serve", "--listen", "127.0.0.1:0")
    assert (finished.returncode, "32 bytes" in finished.stderr) == (1, True)


# ----- running


def test_sigterm_says_bye_and_ends_well(server: Server) -> None:
    server.set_up()
    process = Process(server, "--simulate-channels")
    token = process.sign_in("anna@example.org")
    hello = process.hello()
    heard = events(process.get("/v1/sync/stream", token, epoch=hello.epoch, since=hello.head))
    waiting: list[int] = []
    query = {"client_id": "laptop", "epoch": hello.epoch, "since": hello.head, "wait": 25}
    waiter = threading.Thread(
        target=lambda: waiting.append(
            requests.get(
                f"{process.address}/v1/sync/pull",
                headers=token,
                params=query,
                timeout=PATIENCE,  # type: ignore[arg-type]
            ).status_code
        )
    )
    waiter.start()
    process.popen.send_signal(signal.SIGTERM)
    assert next(heard) == ("bye", "{}")
    waiter.join()
    assert waiting in ([200], []), "a pull that waits is answered, or was never begun"
    assert process.end() == 0
    assert "stopped" in process.lines[-1]


@pytest.mark.peer
def test_two_processes_serve_one_workspace(empty_postgres: str, tmp_path: Path) -> None:
    server = Server(empty_postgres, tmp_path / "blobs")
    server.set_up()
    one, two = Process(server), Process(server)
    try:
        ada, anna = one.sign_in("ada@example.org"), two.sign_in("anna@example.org")
        hello = two.hello()
        assert hello == msgspec.structs.replace(one.hello(), time=hello.time)
        heard = events(two.get("/v1/sync/stream", anna, epoch=hello.epoch, since=hello.head))

        one.push_customer(ada, "Karl", 1)
        name, data = next(heard)
        delta = msgspec.json.decode(data, type=StreamedDelta)
        assert (name, delta.since, delta.upto) == ("delta", hello.head, hello.head + 1)
        assert delta.acks == {"laptop": 1}
        assert "customer" in delta.tables
        query = {"client_id": "other", "epoch": hello.epoch, "since": hello.head}
        assert (
            two.get("/v1/sync/pull", anna, **query).json()["tables"]
            == one.get("/v1/sync/pull", anna, **query).json()["tables"]
        ), "the token of one is good at the other"

        two.push_customer(anna | ada, "Lena", 2)
        assert next(heard)[0] == "delta"
        assert one.end() == 0
        two.push_customer(ada, "Mia", 3)
        assert next(heard)[0] == "delta", "the other goes on"

        server.done("user", "disable", "anna@example.org")
        assert [event for event, _ in heard][-1] == "bye"
        assert two.get("/v1/sync/digest", anna).status_code == 401
    finally:
        one.end()
        assert two.end() == 0
    assert "FAIL" not in server.done("verify")
    backup = tmp_path / "backup.db"
    server.done("backup", str(backup))
    file = Server(f"sqlite:///{tmp_path / 'file.db'}", tmp_path / "blobs")
    file.done("restore", str(backup))
    assert "FAIL" not in file.done("verify")
    assert json.loads(file.done("workspace", "show", "--json"))["version"] == hello.head + 4


@pytest.mark.peer
def test_a_backup_of_a_file_moves_to_postgresql(server: Server, empty_postgres: str, tmp_path: Path) -> None:
    server.done("seed", "--conversations", "60")
    backup = tmp_path / "backup.db"
    server.done("backup", str(backup))
    team = Server(empty_postgres, tmp_path / "blobs")
    team.done("restore", str(backup))
    assert "FAIL" not in "\n".join(
        line for line in team.run("verify").stdout.splitlines() if "files" not in line
    )
    team.done("user", "add", "new@example.org", "--name", "New", words=f"{PASSWORD}\n")
    process = Process(team)
    ada = process.sign_in("new@example.org")
    process.push_customer(ada, "Karl", 1)
    assert process.end() == 0
    assert "FAIL digests" not in team.run("verify").stdout


def test_what_is_demanded_of_devices_and_a_lost_one_is_wiped(server: Server) -> None:
    server.set_up()
    assert server.done("device", "rules").splitlines() == ["lease: none", "wipe: after-sending"]
    said = server.done("device", "rules", "--lease-days", "7", "--wipe", "at-once")
    assert said.splitlines() == ["lease: 7 days", "wipe: at-once"]
    assert "wipe_at_once" in server.done("audit", "list", "--action", "workspace.rule")
    assert "1 to 30 days" in server.run("device", "rules", "--lease-days", "31").stderr
    assert "no such device" in server.run("device", "wipe", "nobody's").stderr
    process = Process(server, "--simulate-channels")
    token = process.sign_in("anna@example.org")
    (device,) = process.get("/v1/devices", token).json()["devices"]
    server.done("device", "wipe", device["id"])
    assert process.get("/v1/device/orders", token).json()["wipe"] is True
    assert process.end() == 0
