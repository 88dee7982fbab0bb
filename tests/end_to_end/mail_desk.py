"""A team's server with one mailbox, as a program that may be killed at any moment, and what it made of the mail."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.mail_servers import Mailbox, MailServers
from tests.project.tree import ROOT

_SECONDS = 60


class MailDesk:
    """The program on one SQLite file; `account` changes what is set up. Everything is in the folder."""

    def __init__(self, folder: Path, servers: MailServers, box: Mailbox, **account: object) -> None:
        self.database = folder / "desk.db"
        blobs = folder / "blobs"
        blobs.mkdir()
        self._environment = {
            **os.environ,
            "AGENT_DESKTOP_DATABASE": f"sqlite:///{self.database}",
            "AGENT_DESKTOP_BLOBS": str(blobs),
            "AGENT_DESKTOP_MAIL_PASSWORD": box.password,
        }
        self.process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        settings = {
            "imap": {"host": "localhost", "port": servers.imaps},
            "smtp": {"host": "localhost", "port": servers.submission, "security": "starttls"},
            "user": box.address,
            "authority": servers.ca_file.read_text(),
            "start": "all",
            **account,
        }
        file = folder / "account.json"
        file.write_text(json.dumps(settings))
        self.run("workspace", "create", "--name", "Lighthouse")
        self.run("channel", "add", "Mail", "--kind", "email", "--address", box.address)
        self.run("mail", "set", box.address, "--from", str(file))

    def run(self, *arguments: str, given: bytes = b"") -> str:
        """Run a command with something on its standard input; what it says."""
        done = subprocess.run(
            self._command(arguments),
            input=given,
            env=self._environment,
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout.decode()

    def start(self) -> None:
        """Serve until `stop` or `kill`."""
        command = self._command(["serve", "--listen", "127.0.0.1:0", "--mail-hosts", "private"])
        self.process = subprocess.Popen(
            command, env=self._environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        words = self.process.stderr
        assert words is not None
        said = []
        for line in words:
            said.append(line)
            if '"serving"' in line:
                break
        else:
            raise RuntimeError("".join(said))
        self._reader = threading.Thread(target=lambda: [None for _ in words], daemon=True)
        self._reader.start()

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def count(self, question: str) -> int:
        """The answer of the database to a question for a number."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            return int(connection.execute(question).fetchone()[0])

    def messages(self) -> int:
        """How many messages came in by mail."""
        return self.count("SELECT count(*) FROM message WHERE direction = 'in'")

    def has_messages(self, count: int) -> None:
        """Wait until so many have come. Raises TimeoutError."""
        until, pause = time.monotonic() + _SECONDS, threading.Event()
        while self.messages() < count:
            if time.monotonic() > until:
                raise TimeoutError(f"{self.messages()} messages, not {count}")
            pause.wait(0.05)

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "agent_desktop.cli.server.main", *arguments]

    def _end(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(_SECONDS)
        assert self._reader is not None
        self._reader.join()
        assert self.process.stderr is not None
        self.process.stderr.close()
        self.process = None
