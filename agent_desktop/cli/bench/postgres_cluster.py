"""A private PostgreSQL: a cluster of its own in a temporary folder, on loopback, gone when it is no longer needed."""

import os
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import IO, Any

from agent_desktop.cli.bench.held_ports import HeldPorts

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
"""Nothing here outlives its use, so nothing waits for a disk."""
READY_SECONDS = 60


class NotInstalled(Exception):
    """There is no PostgreSQL on this computer."""


def programs() -> Path:
    """The folder of initdb, postgres and pgbench. Raises NotInstalled."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    raise NotInstalled("PostgreSQL is not installed; on Debian: apt-get install postgresql")


class PostgresCluster:
    """A cluster that may be stopped and started. It runs as `postgres` where we are root, which it refuses to be."""

    def __init__(self) -> None:
        self.programs = programs()
        root = hasattr(os, "geteuid") and os.geteuid() == 0
        self._user: dict[str, Any] = (
            {"user": "postgres", "group": "postgres", "extra_groups": ()} if root else {}
        )
        self.folder = Path(tempfile.mkdtemp(prefix="agent-desktop-postgres-"))
        self._said: deque[str] = deque(maxlen=200)
        self._ports = HeldPorts()
        (self.port,) = self._ports.numbers
        if root:
            shutil.chown(self.folder, "postgres", "postgres")
        command = [str(self.programs / "initdb"), "-D", str(self.folder / "data"), "-U", "postgres"]
        command += ["-A", "trust", "-E", "UTF8", "--no-locale", "-N"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self._user)
        self.start()

    @property
    def address(self) -> str:
        """The address of its one database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @property
    def pid(self) -> int:
        """The process whose children serve the connections."""
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = SETTINGS | {"port": str(self.port), "unix_socket_directories": str(self.folder)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process: subprocess.Popen[str] = subprocess.Popen(
            [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *options],
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            **self._user,
        )
        assert self._process.stderr is not None
        self._words: IO[str] = self._process.stderr
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        if not ready.wait(READY_SECONDS) or self._process.poll() is not None:
            raise RuntimeError("PostgreSQL did not start:\n" + "\n".join(self._said))

    def _read(self, ready: threading.Event) -> None:
        for line in self._words:
            self._said.append(line.rstrip())
            if "ready to accept connections" in line:
                ready.set()
        ready.set()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT in order, SIGQUIT as a crash does."""
        self._process.send_signal(how)
        self._process.wait()
        self._reader.join()
        self._words.close()

    def remove(self) -> None:
        """End it and delete its files."""
        if self._process.poll() is None:
            self.stop()
        self._ports.close()
        shutil.rmtree(self.folder, ignore_errors=True)
