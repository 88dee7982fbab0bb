"""Operations through the server on PostgreSQL, against pgbench with the statements that one of them runs."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.postgres_cluster import NotInstalled, PostgresCluster
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.clock import SystemClock
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, TimeOrderedIds
from agent_desktop.domain.operations import encode_payload, kind_of
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.operations.workspace import CreateWorkspace, SaveChannel, SaveUser
from agent_desktop.domain.workspace import ChannelKind
from sync.protocol.messages import PushRequest, WireOperation
from sync.server.backend import Backend
from sync.server.database import ServerDatabase
from sync.server.postgres import PostgresDatabase, PostgresStatements
from sync.server.postgres_schema import prepare_postgres
from sync.server.schema import ServerSchema

_CLIENTS, _PUSHES, _SECONDS = 16, 40, 4
_VERSION, _NUMBER = 1_000_003, 2_000_003
"""Numbers that no other value of a recorded statement can be taken for."""
_TEXT = "The customer called: the parcel came back, and a new one is on its way. " * 4
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Recorder(PostgresDatabase):
    """A database that writes down the statements that are run on it, with their values."""

    def __init__(self, address: str) -> None:
        self.statements: list[str] = []
        super().__init__(address, 1)

    def _connect(self) -> PostgresStatements:
        connection, statements = super()._connect(), self.statements

        class Recording(psycopg.Cursor[Any]):
            def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
                text = psycopg.ClientCursor(self.connection).mogrify(query, params) if params else str(query)
                statements.append(text)
                return super().execute(query, params, **options)

        connection.cursor_factory = Recording
        return connection


class Workload:
    """A workspace with one conversation, and notes that are written in it."""

    def __init__(self, database: ServerDatabase, schema: ServerSchema) -> None:
        self.ids = TimeOrderedIds(SystemClock())
        self._database = database
        self.backend = Backend(database, schema, SystemClock(), self.ids)
        self.backend.store.start()
        self._user, self._here = self.ids.new(), self.ids.new()
        channel, customer = self.ids.new(), self.ids.new()
        self.backend.store.commit(
            [
                CreateWorkspace(workspace_id=self.ids.new(), name="Bench"),
                SaveUser(user_id=self._user, name="Anna"),
                SaveChannel(channel_id=channel, kind=ChannelKind.EMAIL, name="Mail"),
                CreateCustomer(customer_id=customer, name="Karl"),
                CreateConversation(
                    conversation_id=self._here, customer_id=customer, channel_id=channel, subject="Parcel"
                ),
            ]
        )
        self._epoch = self.backend.hello().epoch

    def go_on_from(self, version: int, client: str, number: int) -> None:
        """Let the next transaction be this version, and the next operation of a client this number."""
        with self._database.write() as connection:
            connection.execute("UPDATE head SET version = ?", (version - 1,))
            connection.execute(
                "INSERT INTO client (client_id, user_id, last_number, ver) VALUES (?, ?, ?, 0)",
                (client, self._user, number - 1),
            )

    def push(self, client: str, number: int) -> tuple[Id, Id]:
        """Write a note; the ids of the operation and the message."""
        operation_id, message_id = self.ids.new(), self.ids.new()
        payload = AddNote(conversation_id=self._here, message_id=message_id, text=_TEXT)
        kind = kind_of(payload)
        wire = WireOperation(
            id=operation_id,
            number=number,
            kind=kind.name,
            version=kind.version,
            at=0,
            seen=0,
            payload=encode_payload(payload),
        )
        answer = self.backend.push(
            self._user, PushRequest(client_id=client, epoch=self._epoch, operations=[wire])
        )
        if answer.expected != number + 1:
            raise InputError("The server did not take an operation, so nothing was measured.")
        return operation_id, message_id


def _script(cluster: PostgresCluster, schema: ServerSchema) -> str:
    """What pgbench runs: the statements of one push, with ids and version of its own in each run."""
    database = Recorder(cluster.address)
    try:
        work = Workload(database, schema)
        for start in (0, 10):  # the first push reads what is kept afterwards
            work.go_on_from(_VERSION + start, f"recorded-{start}", _NUMBER)
            database.statements.clear()
            operation_id, message_id = work.push(f"recorded-{start}", _NUMBER)
        version = _VERSION + 10
    finally:
        database.close()
    lines: list[str] = []
    for statement in database.statements:
        for part in statement.split("; ") if statement.startswith("BEGIN") else [statement]:
            line = " ".join(part.split())
            for literal, variable in (
                (f"'{operation_id}'", ":o"),
                (f"'{message_id}'", ":m"),
                (f"'{version}'", ":v"),
            ):
                line = line.replace(literal, variable)
                line = line.replace(f"'{{{literal[1:-1]}}}'", f"ARRAY[{variable}]")
            # Not within a text, where a variable would be none.
            line = re.sub(rf"(?<![\w'])({version}|{_NUMBER})(?![\w'])", ":v", line)
            if line.startswith("SELECT version, epoch FROM head"):
                # The variables are read with it.
                made = "replace(gen_random_uuid()::text, '-', '')"
                lines.append(f"SELECT version + 1 AS v, {made} AS o, {made} AS m, epoch FROM head \\gset")  # noqa: S608 - ours
            else:
                lines.append(f"{line};")
    return "\n".join(lines)


def _cpu_of(cluster: PostgresCluster) -> float:
    """Seconds of the processor that the cluster has taken, ended connections included."""
    total = 0
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                fields = (folder / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue  # it has just ended
            if int(folder.name) == cluster.pid:
                total += sum(map(int, fields[11:15]))
            elif int(fields[1]) == cluster.pid:
                total += sum(map(int, fields[11:13]))
    return total / _CLOCK_TICKS


@contextmanager
def _cluster() -> Iterator[PostgresCluster]:
    if not Path("/proc/self/stat").exists():
        raise InputError("This figure is measured on Linux only: it reads the processor's time from /proc.")
    try:
        cluster = PostgresCluster()
    except NotInstalled as error:
        raise InputError(f"{error}. Nothing was measured.") from error
    try:
        yield cluster
    finally:
        cluster.remove()


def _measure(workspace: BenchWorkspace) -> Reading:
    schema = ServerSchema()
    with _cluster() as cluster:
        database = PostgresDatabase(cluster.address)
        try:
            prepare_postgres(database, schema)
            work = Workload(database, schema)
            before, our_cpu, started = _cpu_of(cluster), time.process_time(), time.perf_counter()
            with ThreadPoolExecutor(_CLIENTS) as pool:
                list(pool.map(lambda client: _client(work, f"client-{client}"), range(_CLIENTS)))
            wall = time.perf_counter() - started
            of_server = _cpu_of(cluster) - before
            ours = (time.process_time() - our_cpu + of_server) / (_CLIENTS * _PUSHES)
            script = cluster.folder / "push.sql"
        finally:
            database.close()
        with psycopg.connect(cluster.address, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        empty = PostgresDatabase(cluster.address, 1)
        prepare_postgres(empty, schema)
        empty.close()
        script.write_text(_script(cluster, schema), "utf-8")
        script.chmod(0o644)
        peer, rate = _pgbench(cluster, script)
    details = {
        "operations_per_second": _CLIENTS * _PUSHES / wall,
        "operations_per_core_second": 1 / ours,
        "pgbench_per_second": rate,
        "pgbench_per_core_second": 1 / peer,
        "of_which_postgresql": of_server / (_CLIENTS * _PUSHES) * 1_000,
    }
    return Reading(ours=ours * 1_000, limit=peer * 1_000, details=details)


def _client(work: Workload, name: str) -> None:
    for number in range(1, _PUSHES + 1):
        work.push(name, number)


def _pgbench(cluster: PostgresCluster, script: Path) -> tuple[float, float]:
    """Seconds of the processor for one run of the script, and runs in a second."""
    before, children = _cpu_of(cluster), os.times()
    command = [str(cluster.programs / "pgbench"), "--no-vacuum", "--file", str(script), "--protocol=prepared"]
    command += ["--client=4", f"--time={_SECONDS}", cluster.address]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    words = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    if done.returncode != 0 or "number of transactions actually processed" not in words:
        raise InputError("pgbench did not run, so nothing was measured.", done.stderr)
    count = int(words["number of transactions actually processed"].split("/")[0])
    after = os.times()
    own = after.children_user + after.children_system - children.children_user - children.children_system
    return (_cpu_of(cluster) - before + own) / count, count / _SECONDS


FIGURE = Figure(
    name="push",
    words="one operation through the server on PostgreSQL, 16 clients; CPU time of both together",
    unit="ms",
    target=1.25,
    measure=_measure,
)
