"""The team server in a process of its own over the measured workspace, and a client that begins from nothing."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.store.client import open_client_files
from agent_desktop.store.replica import Replica
from sync.client.account import facts_of, sign_in
from sync.client.address import ServerAddress
from sync.client.ahead import PagesAhead
from sync.client.exchange import Exchange
from sync.client.http import Http
from sync.client.transport import HttpTransport

_PROGRAM = "agent_desktop.cli.server.main"
_EMAIL, _PASSWORD = "bench@example.com", "a password for nothing but this"
_SERVING = re.compile(r"http://[^\s\"]+")


@dataclass(frozen=True, slots=True)
class FirstSync:
    """An empty replica and the exchange that fills it from a server."""

    replica: Replica
    exchange: Exchange
    ahead: PagesAhead


@contextmanager
def served(workspace: BenchWorkspace, folder: Path) -> Iterator[ServerAddress]:
    """Serve the workspace on this computer. Raises InputError when the server does not start."""
    database = f"sqlite:///{workspace.profile.server_db}"
    _run("user", "add", _EMAIL, "--name", "Bench", "--role", "admin", "--database", database)
    _run("user", "password", _EMAIL, "--database", database)
    command = _command("serve", "--database", database, "--blobs", str(folder), "--listen", "127.0.0.1:0")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if "serving" in line and (found := _SERVING.search(line)):
                    # What it goes on to say is read, too: it would wait for room in a pipe that is full.
                    threading.Thread(target=process.stderr.read, daemon=True).start()
                    yield ServerAddress.parse(found[0])
                    return
            raise InputError("The server did not start, so nothing was measured.")
        finally:
            process.terminate()


def _run(*arguments: str) -> None:
    """A command that may have been given before, which changes nothing then."""
    subprocess.run(
        _command(*arguments), input=f"{_PASSWORD}\n", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        text=True, check=False, env=dict(os.environ),
    )  # fmt: skip


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", _PROGRAM, *arguments]


@contextmanager
def first_sync(address: ServerAddress, folder: Path) -> Iterator[FirstSync]:
    """A client of the server whose files are new."""
    _, signed_in = sign_in(address, _EMAIL, _PASSWORD, facts_of("bench"))
    clock = SystemClock()
    with ExitStack() as stack:
        files = open_client_files(folder / "work.db", folder / "replica.db")
        stack.callback(files.close)
        transport = stack.enter_context(closing(HttpTransport(Http(address, lambda: signed_in.token))))
        replica = Replica(files.replica, files.replica_schema, files.outbox, signed_in.user_id)
        random = Random(0)  # noqa: S311 - spreads retries, guards nothing
        core = Exchange(replica, "bench", random, lambda changes: None, clock.now())
        ahead = stack.enter_context(closing(PagesAhead(transport)))
        yield FirstSync(replica, core, ahead)
