"""A private PostgreSQL for tests: a cluster of its own in a temporary folder, on loopback, gone when they end."""

import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections import deque
from pathlib import Path

import psycopg

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
"""Nothing here outlives the tests, so nothing waits for a disk."""
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


class PostgresServer:
    """A cluster that tests may stop and start. It runs as `postgres` where we are root, which it refuses to be."""

    def __init__(self) -> None:
        self._programs = programs()
        self._user = (
            {"user": "postgres", "group": "postgres", "extra_groups": ()} if os.geteuid() == 0 else {}
        )
        self.folder = Path(tempfile.mkdtemp(prefix="agent-desktop-postgres-"))
        self._said: deque[str] = deque(maxlen=200)
        self._names = itertools.count(1)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        if self._user:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run(
            "initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"
        )
        self.start()

    @property
    def data(self) -> Path:
        """Where the cluster keeps its files."""
        return self.folder / "data"

    @property
    def address(self) -> str:
        """The address of the database in which every test has a schema."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **self._user)  # type: ignore[call-overload]  # either user or nothing

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = SETTINGS | {"port": str(self.port), "unix_socket_directories": str(self.folder)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(  # type: ignore[call-overload]  # either user or nothing
            [str(self._programs / "postgres"), "-D", str(self.data), *options],
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            **self._user,
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        if not ready.wait(READY_SECONDS) or self._process.poll() is not None:
            raise RuntimeError("PostgreSQL did not start:\n" + "\n".join(self._said))

    def _read(self, ready: threading.Event) -> None:
        for line in self._process.stderr:
            self._said.append(line.rstrip())
            if "ready to accept connections" in line:
                ready.set()
        ready.set()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT in order, SIGQUIT as a crash does."""
        self._process.send_signal(how)
        self._process.wait()
        self._reader.join()
        self._process.stderr.close()

    def remove(self) -> None:
        """End it and delete its files."""
        if self._process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_schema(self) -> str:
        """The address of an empty schema."""
        name = f"test_{next(self._names)}"
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.address}?options=-csearch_path%3D{name}"

    def drop(self, address: str) -> None:
        """Drop the schema of this address, which nobody uses any more."""
        name = address.rpartition("%3D")[2]
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute("SET client_min_messages = warning")
            connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())
