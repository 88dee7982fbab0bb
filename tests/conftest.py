"""What every test stands on: no display, no home folder, no keyring, no unexpected log record, no leaked thread."""

import gc
import importlib
import logging
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.mail_servers import MailServers
    from tests.patient_bot import PatientBot
    from tests.postgres import PostgresServer
    from ui.launch import Application

ROOT = Path(__file__).resolve().parent.parent

# Before the first import of Qt, and inherited by every program that a test starts.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE"):
    os.environ.pop(name, None)

# The same examples each time: a change must not fail by what it has nothing to do with. "thorough" looks for new ones.
settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "thorough", parent=settings.get_profile("ci"), derandomize=False, max_examples=2_000
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_configure(config: pytest.Config) -> None:
    """Give the session a home folder of its own, which it takes with it."""
    home = tempfile.TemporaryDirectory(prefix="agent-desktop-home-")
    config.add_cleanup(home.cleanup)
    os.environ["HOME"] = os.environ["USERPROFILE"] = home.name
    for variable in (
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "APPDATA",
        "LOCALAPPDATA",
    ):
        folder = Path(home.name) / variable.lower()
        folder.mkdir()
        os.environ[variable] = str(folder)
    runtime = Path(home.name) / "run"
    runtime.mkdir(mode=0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(runtime)


def pytest_collection(session: pytest.Session) -> None:
    """Let each of several workers load its share of the tests first: in a fresh clone all have to be compiled."""
    if (worker := os.environ.get("PYTEST_XDIST_WORKER")) is None:
        return
    named = [session.config.invocation_params.dir / name for name in session.config.args]
    tests = sorted(file for folder in named for file in folder.rglob("test_*.py"))
    for file in tests[int(worker.removeprefix("gw")) :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])]:
        with suppress(Exception, pytest.skip.Exception):  # whoever collects it tells of that
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: item.get_closest_marker("end_to_end") is None)


def pytest_collection_finish() -> None:
    """Let the garbage collector look no more through what stays for the session: all modules, and all tests."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material beside the project; tests of it are skipped where it is absent."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("no folder shared/ beside the project")
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator["PostgresServer"]:
    """A private PostgreSQL, started when the first test wants one."""
    try:
        # Where the server's packages are not installed, everything else is tested all the same.
        from tests.postgres import NotInstalled, PostgresServer
    except ImportError as error:
        pytest.skip(f"PostgreSQL needs the server's packages: {error}")
    try:
        server = PostgresServer()
    except NotInstalled as error:
        pytest.skip(str(error))
    yield server
    server.remove()


@pytest.fixture
def postgres(postgres_server: "PostgresServer") -> Iterator[str]:
    """The address of a schema of PostgreSQL with the server's tables, and nothing in them."""
    address = postgres_server.lend_tables()
    yield address
    postgres_server.take_back(address)


@pytest.fixture
def empty_postgres(postgres_server: "PostgresServer") -> Iterator[str]:
    """The address of a schema of PostgreSQL without any tables."""
    address = postgres_server.new_schema()
    yield address
    postgres_server.drop(address)


@pytest.fixture(scope="session")
def mail_servers() -> Iterator["MailServers"]:
    """A private Dovecot and Postfix, started when the first test wants them; each test takes its own addresses."""
    from tests.mail_servers import MailServers, NotInstalled

    try:
        servers = MailServers()
    except NotInstalled as error:
        pytest.skip(str(error))
    yield servers
    servers.remove()


class _Records(logging.Handler):
    """Collects what a test logs at WARNING and above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.expected: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def complaints(self) -> list[str]:
        """What was logged and not expected, and what was expected and not logged."""
        said = [f"{record.name}: {record.levelname}: {record.getMessage()}" for record in self.records]
        surprises = [line for line in said if not any(pattern.search(line) for pattern in self.expected)]
        absences = [
            f"never logged: {pattern.pattern}"
            for pattern in self.expected
            if not any(map(pattern.search, said))
        ]
        return surprises + absences


@pytest.fixture(autouse=True)
def log_records() -> Iterator[_Records]:
    """Fail a test that logs a warning or worse without having announced it to `expect_log`."""
    handler = _Records()
    root = logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)
    complaints = handler.complaints()
    if complaints:
        pytest.fail("log records:\n  " + "\n  ".join(complaints), pytrace=False)


@pytest.fixture
def expect_log(log_records: _Records) -> Callable[[str], None]:
    """Announce a warning: `expect_log("sync: WARNING: .*offline")`; the test fails if it does not come."""
    return lambda pattern: log_records.expected.append(re.compile(pattern))


@pytest.fixture(scope="session")
def qapp_cls() -> "type[Application]":
    """The application that the program makes is the one of every test."""
    from ui.launch import Application

    return Application


@pytest.fixture
def qtbot(qapp: "Application", request: pytest.FixtureRequest) -> "PatientBot":
    """The robot of every test of the user interface."""
    # Where Qt is not installed, everything else is tested all the same.
    from tests.patient_bot import PatientBot

    return PatientBot(request)


@pytest.fixture(autouse=True)
def no_leaked_threads(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test of the user interface that leaves a thread running."""
    if "qapp" not in request.fixturenames:
        yield
        return
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + _ORDERLY_END
    leaked = [thread for thread in threading.enumerate() if thread not in before and _outlives(thread, end)]
    if leaked:
        pytest.fail(f"left running: {', '.join(thread.name for thread in leaked)}", pytrace=False)
    pool = sys.modules["PySide6.QtCore"].QThreadPool.globalInstance()
    if not pool.waitForDone(_ORDERLY_END * 1_000):
        pytest.fail(f"{pool.activeThreadCount()} jobs left in Qt's thread pool", pytrace=False)


_ORDERLY_END = 30
"""Seconds; an end that waits for the disk may take some."""


def _outlives(thread: threading.Thread, end: float) -> bool:
    """Whether a thread is still there at that moment, by the monotonic clock."""
    if isinstance(thread, threading._DummyThread):  # a thread of Qt that ran Python once; nobody can join it
        return False
    thread.join(max(0.0, end - time.monotonic()))
    return thread.is_alive()
