"""Mail is taken over from the mail server of the house, which is told what became of it."""

import os
import smtplib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent_desktop.cli.server.receive_command import LATER, UNUSABLE, USAGE
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.workspace import SaveChannel
from agent_desktop.domain.workspace import ChannelKind
from sync.server.backend import Backend
from sync.server.database import ServerDatabase
from tests.factories import an_id
from tests.mail_servers import PIPED, MailServers, NotInstalled
from tests.project.tree import ROOT
from tests.sync.channels.mail.accounts import letter
from tests.sync.files import TEMPLATES

ADDRESS = f"support@{PIPED}"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[tuple[ServerDatabase, list[str]]]:
    """A workspace with a channel, and the command that takes its mail over."""
    database = TEMPLATES.server(tmp_path / "server.db")
    clock = SystemClock()
    backend = Backend(database, TEMPLATES.server_schema, clock, TimeOrderedIds(clock))
    backend.store.start()
    backend.store.commit(
        [SaveChannel(channel_id=an_id("piped"), kind=ChannelKind.EMAIL, name="Piped", address=ADDRESS)]
    )
    (tmp_path / "blobs").mkdir()
    command = [sys.executable, "-m", "agent_desktop.cli.server.main", "receive"]
    command += ["--database", f"sqlite:///{tmp_path / 'server.db'}", "--blobs", str(tmp_path / "blobs")]
    yield database, command
    database.close()


def run(command: list[str], mail: bytes, channel: str = ADDRESS) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*command, "--channel", channel], input=mail, capture_output=True, cwd=ROOT, check=False, timeout=240
    )


def stored(database: ServerDatabase) -> int:
    with database.read() as sql:
        return int(sql.execute("SELECT count(*) FROM inbound").fetchone()[0])


def test_a_mail_is_taken_over_once(workspace: tuple[ServerDatabase, list[str]]) -> None:
    database, command = workspace
    assert run(command, letter("one")).returncode == 0
    assert run(command, letter("one")).returncode == 0
    assert stored(database) == 1


@pytest.mark.parametrize(
    ("mail", "channel", "code", "words"),
    [
        (b"", ADDRESS, UNUSABLE, b"no mail"),
        (letter("one"), "nobody@piped.test", UNUSABLE, b"no e-mail channel"),
    ],
)
def test_what_helps_nothing_is_not_brought_again(
    workspace: tuple[ServerDatabase, list[str]], mail: bytes, channel: str, code: int, words: bytes
) -> None:
    database, command = workspace
    answer = run(command, mail, channel)
    assert answer.returncode == code
    assert words in answer.stderr
    assert stored(database) == 0


def test_without_a_folder_it_was_called_wrongly(workspace: tuple[ServerDatabase, list[str]]) -> None:
    _, command = workspace
    assert run(command[:-2], letter("one")).returncode == USAGE


def test_what_cannot_be_stored_now_is_brought_again(
    workspace: tuple[ServerDatabase, list[str]], tmp_path: Path
) -> None:
    database, command = workspace
    blobs = tmp_path / "blobs"
    blobs.rmdir()
    blobs.write_text("no folder")
    answer = run(command, letter("one"))
    assert answer.returncode == LATER, answer.stderr
    assert stored(database) == 0


_BRINGER = """#!/bin/sh
# What Postfix runs as a user who may not come to this folder's Python: hands over to the test, and waits for its word.
mkfifo "{folder}/answer.$$"
cat >"{folder}/mail.$$"
echo "$$" >"{folder}/requests"
read code <"{folder}/answer.$$"
exit "$code"
"""


class Bringer:
    """Runs the command for a Postfix, and remembers what it was told."""

    def __init__(self, folder: Path, take: Callable[[bytes], int]) -> None:
        self._folder = folder
        self._take = take
        self.told: list[int] = []
        folder.mkdir()
        folder.chmod(0o777)
        os.mkfifo(folder / "requests")
        (folder / "requests").chmod(0o666)
        script = folder / "bring"
        script.write_text(_BRINGER.format(folder=folder))
        script.chmod(0o755)
        # Held open, or it would end whenever nobody writes.
        self._requests = os.open(folder / "requests", os.O_RDWR)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with os.fdopen(self._requests) as requests:
            while (name := requests.readline().strip()) != "end":
                code = self._take((self._folder / f"mail.{name}").read_bytes())
                self.told.append(code)
                (self._folder / f"answer.{name}").write_text(f"{code}\n")

    def close(self) -> None:
        with (self._folder / "requests").open("w") as requests:
            requests.write("end\n")
        self._thread.join()


@pytest.mark.peer
def test_postfix_brings_mail_until_it_is_taken(workspace: tuple[ServerDatabase, list[str]]) -> None:
    """A real Postfix pipes to the command, and brings again what could not be stored."""
    database, command = workspace
    taken = threading.Event()
    codes = iter((LATER,))

    def take(mail: bytes) -> int:
        code = next(codes, None)
        if code is None:
            code = run(command, mail).returncode
            taken.set()
        return code

    with tempfile.TemporaryDirectory(prefix="ad-pipe-") as name:
        Path(name).chmod(0o755)
        bringer = Bringer(Path(name) / "pipe", take)
        try:
            servers = MailServers(pipe=(str(Path(name) / "pipe" / "bring"),))
        except NotInstalled as error:
            bringer.close()
            pytest.skip(str(error))
        try:
            with smtplib.SMTP(servers.host, servers.smtp) as smtp:
                smtp.sendmail("ann@customer.test", [ADDRESS], letter("one"))
            assert taken.wait(60), servers.log
        finally:
            servers.remove()
            bringer.close()
    assert bringer.told == [LATER, 0]
    assert stored(database) == 1
