"""Locks are compared with known advisories, and what could not be compared never passes for good."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.project.test_lock import pins
from tests.project.tree import ROOT

EXAMPLE = ("jinja2", "2.4.1")
HASH = "--hash=sha256:" + "0" * 64


class Service:
    """A stand-in for the service: `known` is what it knows, `says` instead of an answer."""

    def __init__(self) -> None:
        self.known = {EXAMPLE: ["GHSA-example"]}
        self.says: bytes | None = None
        self.pages = 1
        self.asked: list[tuple[str, str]] = []
        self.address = ""

    def answer(self, question: dict[str, Any]) -> bytes:
        if self.says is not None:
            return self.says
        return json.dumps({"results": [self._result(query) for query in question["queries"]]}).encode()

    def _result(self, query: dict[str, Any]) -> dict[str, Any]:
        package = (query["package"]["name"], query["version"])
        assert query["package"]["ecosystem"] == "PyPI"
        page = int(query.get("page_token", 1))
        if page == 1:
            self.asked.append(package)
        if page < self.pages:
            return {"next_page_token": str(page + 1)}
        return {"vulns": [{"id": one} for one in self.known[package]]} if package in self.known else {}


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = service.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if self.path == "/v1/querybatch" else 404)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        service.address = f"http://127.0.0.1:{server.server_port}"
        yield service
        server.shutdown()
        thread.join()


def audit(address: str, *locks: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tasks.py"), "audit", "--service", address, *map(str, locks)]
    environment = {**os.environ, "no_proxy": "*"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    lock = tmp_path / "some.lock"
    lock.write_text(
        f"good==1.0 \\\n    {HASH}\nbad==0.9 ; sys_platform == 'win32' \\\n    {HASH}\n"
        f"bad==1.1 ; sys_platform != 'win32' \\\n    {HASH}\n"
    )
    return lock


def test_every_locked_package_of_every_system_is_asked_about(service: Service) -> None:
    finished = audit(service.address)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "nothing is known against them" in finished.stdout
    locks = ("app.lock", "dev.lock", "server.lock", "installer.lock", "package.lock")
    everything = set[tuple[str, str]]().union(*map(pins, locks))
    assert set(service.asked) == everything | {EXAMPLE}
    assert EXAMPLE not in everything


@pytest.mark.parametrize("pages", [1, 3])
def test_a_version_against_which_there_is_something_fails_by_name(
    service: Service, lock: Path, pages: int
) -> None:
    service.known[("bad", "0.9")] = ["PYSEC-1", "GHSA-2"]
    service.pages = pages
    finished = audit(service.address, lock)
    assert finished.returncode == 1
    assert finished.stdout == "bad 0.9 (some.lock): GHSA-2, PYSEC-1\n"
    assert "1 of 3 locked packages" in finished.stderr
    assert "--upgrade-package" in finished.stderr


@pytest.mark.parametrize(
    "says",
    [
        b"<html>Sign in to this network</html>",
        b"{}",
        b"[]",
        b'{"results": [{}]}',
        b'{"results": [1, 1, 1, 1]}',
    ],
)
def test_an_answer_that_is_none_does_not_pass(service: Service, lock: Path, says: bytes) -> None:
    service.says = says
    assert said_that_nothing_was_compared(audit(service.address, lock))


def test_a_service_that_does_not_know_what_is_known_does_not_pass(service: Service, lock: Path) -> None:
    service.known.clear()
    finished = audit(service.address, lock)
    assert said_that_nothing_was_compared(finished)
    assert "jinja2 2.4.1" in finished.stderr


def test_an_answer_without_an_end_does_not_pass(service: Service, lock: Path) -> None:
    service.pages = 1_000
    assert said_that_nothing_was_compared(audit(service.address, lock))


@pytest.mark.parametrize("path", ["http://127.0.0.1:9", "{service}/elsewhere", "nowhere"])
def test_a_service_that_cannot_be_reached_does_not_pass(service: Service, lock: Path, path: str) -> None:
    assert said_that_nothing_was_compared(audit(path.format(service=service.address), lock))


def said_that_nothing_was_compared(finished: subprocess.CompletedProcess[str]) -> bool:
    """One line that says what happened and what to do."""
    assert finished.stdout == ""
    assert finished.stderr.count("\n") == 1, finished.stderr
    return finished.returncode == 1 and "Nothing was compared: check the network" in finished.stderr
