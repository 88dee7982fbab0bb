"""Who may know what, where the layers of import-linter and ruff's list of banned names are too coarse."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.project.tree import PACKAGES, ROOT, modules, name


@dataclass(frozen=True)
class Boundary:
    """A name (or what is below it) that only some folders or files may use."""

    forbidden: str
    allowed: tuple[str, ...]
    reason: str


BOUNDARIES = (
    Boundary(
        "PySide6.QtWidgets",
        (
            "ui/*.py",
            "ui/widgets/",
            "ui/panels/",
            "ui/screens/",
            "ui/delegates/",
            "ui/html/",
            "ui/spell/",
            "agent_desktop/cli/bench/",
        ),
        "view-models, models and commands are tested without pixels",
    ),
    Boundary(
        "PySide6.QtGui",
        (
            "ui/*.py",
            "ui/widgets/",
            "ui/panels/",
            "ui/screens/",
            "ui/delegates/",
            "ui/html/",
            "ui/spell/",
            "ui/commands/",
            "agent_desktop/cli/bench/",
        ),
        "view-models and models know QtCore alone",
    ),
    Boundary("PySide6.QtWidgets.QMessageBox", ("ui/prompts.py",), "questions go through the prompts port"),
    Boundary("PySide6.QtCore.QThread", ("ui/tasks.py",), "background work goes through ui.tasks"),
    Boundary("PySide6.QtCore.QThreadPool", ("ui/tasks.py",), "background work goes through ui.tasks"),
    *(
        Boundary(module, (), "bytes from elsewhere must not say what is made of them")
        for module in ("pickle", "marshal", "shelve", "yaml", "dill")
    ),
    *(
        Boundary(function, (), "hashes are SHA-256 or stronger")
        for function in ("hashlib.md5", "hashlib.sha1", "Crypto")
    ),
    Boundary(
        "random",
        (
            "agent_desktop/demo/",
            "agent_desktop/cli/bench/",
            "agent_desktop/cli/desk.py",
            "agent_desktop/cli/team.py",
            "agent_desktop/domain/ids.py",
            "sync/channels/",
            "sync/client/exchange.py",
            "sync/client/files.py",
            "sync/client/stream.py",
            "sync/server/mail/post_office.py",
        ),
        "what nobody may guess comes from `secrets`; this is for samples, ids and waits",
    ),
    *(
        Boundary(function, (), "no shell is started")
        for function in ("os.system", "os.popen", "pty", "pexpect")
    ),
    Boundary(
        "subprocess",
        ("agent_desktop/cli/bench/", "agent_desktop/services/outside_files.py"),
        "programs of the system are started in one place, from a list",
    ),
    *(
        Boundary(
            module,
            (
                "sync/client/",
                "sync/server/connecting.py",
                "sync/server/safe_fetch.py",
                "sync/server/oauth/fetch.py",
                "sync/channels/mail/smtp.py",
                "agent_desktop/cli/bench/",
            ),
            "few modules talk to other computers",
        )
        for module in ("http.client", "requests", "urllib3", "urllib.request", "httpx", "aiohttp", "smtplib")
    ),
    Boundary("PySide6.QtCore.QSettings", (), "settings are rows of work.db"),
    Boundary(
        "threading.Thread",
        (
            "ui/tasks.py",
            "sync/client/",
            "sync/server/",
            "sync/channels/",
            "sync/bridges/",
            "agent_desktop/cli/bench/",
        ),
        "threads have one owner who ends them",
    ),
    Boundary(
        "concurrent.futures",
        (
            "ui/tasks.py",
            "sync/client/",
            "sync/server/",
            "sync/channels/",
            "sync/bridges/",
            "agent_desktop/cli/bench/",
        ),
        "threads have one owner who ends them",
    ),
)


@cache
def names_used(path: Path) -> tuple[tuple[str, int], ...]:
    """Every dotted name that a module imports or reaches through an import, with its line."""
    return tuple(_names_used(path))


def _names_used(path: Path) -> Iterator[tuple[str, int]]:
    tree = ast.parse(path.read_text("utf-8"))
    aliases: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                aliases[alias.asname or alias.name] = full
                yield full, node.lineno
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in aliases:
            yield f"{aliases[node.value.id]}.{node.attr}", node.lineno


def is_allowed(path: str, allowed: tuple[str, ...]) -> bool:
    """Whether a path is one of the files, in one of the folders (`a/`), or directly in one (`a/*.py`)."""
    return any(
        path == entry
        or (entry.endswith("/") and path.startswith(entry))
        or (entry.endswith("/*.py") and path.rpartition("/")[0] == entry[: -len("/*.py")])
        for entry in allowed
    )


@pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda boundary: boundary.forbidden)
def test_only_these_use(boundary: Boundary) -> None:
    found = [
        f"{name(path)}:{line} uses {used}: {boundary.reason}"
        for path in modules(*PACKAGES)
        if not is_allowed(name(path), boundary.allowed)
        for used, line in names_used(path)
        if f"{used}.".startswith(f"{boundary.forbidden}.")
    ]
    assert found == []


def test_the_domain_stands_on_the_standard_library_alone() -> None:
    own = "agent_desktop.domain"
    found = [
        f"{name(path)}:{line} uses {used}"
        for path in modules("agent_desktop/domain")
        for used, line in names_used(path)
        if used.split(".")[0] not in sys.stdlib_module_names and not f"{used}.".startswith(f"{own}.")
    ]
    assert found == []


def test_channels_and_bridges_know_the_ports_of_the_server_alone() -> None:
    found = [
        f"{name(path)}:{line} uses {used}"
        for path in modules("sync/channels", "sync/bridges")
        for used, line in names_used(path)
        if f"{used}.".startswith("sync.server.") and not f"{used}.".startswith("sync.server.ports.")
    ]
    assert found == []


def test_the_composition_root_is_imported_by_nobody() -> None:
    roots = ("agent_desktop.__main__.", "agent_desktop.cli.")
    found = [
        f"{name(path)}:{line} uses {used}"
        for path in modules(*PACKAGES)
        if not name(path).startswith(("agent_desktop/cli/", "agent_desktop/__main__.py"))
        for used, line in names_used(path)
        if f"{used}.".startswith(roots)
    ]
    assert found == []


def test_tests_wait_for_something_and_never_for_time() -> None:
    waits = ("time.sleep",)
    found = [
        f"{name(path)}:{line} uses {used}"
        for path in modules("tests")
        for used, line in names_used(path)
        if used in waits
    ]
    found += [
        f"{name(path)}:{node.lineno} uses qtbot.wait"
        for path in modules("tests")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "wait"
        and isinstance(node.value, ast.Name)
        and node.value.id == "qtbot"
    ]
    assert found == []


@pytest.mark.parametrize("package", ["agent_desktop.services", "sync.client", "sync.server"])
def test_every_module_imports_where_qt_cannot_be(package: str) -> None:
    code = """
import importlib, pkgutil, sys

class NoQt:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("PySide6", "shiboken6"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, NoQt())
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, package],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def called(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call in a module, with the last part of the name of what is called."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=last) | ast.Name(id=last):
                    yield node, last


def is_plain(text: ast.expr) -> bool:
    """Whether what a tool tip says is written here, or was made plain."""
    match text:
        case ast.Constant():
            return True
        case ast.Call(func=ast.Name(id="plain_tool_tip")):
            return True
        case ast.IfExp(body=body, orelse=other):
            return is_plain(body) and is_plain(other)
    return False


def test_labels_show_plain_text() -> None:
    """Qt guesses whether a text is markup; markup may open files and name servers."""
    may_show_markup = {"ui/html/view.py"}
    # The first makes labels that do not guess; the others only hold pictures.
    may_be_labels = {
        "ui/widgets/safe_text.py",
        "ui/widgets/attachments_bar.py",
        "ui/widgets/event_line.py",
        "ui/widgets/tear_off.py",
    }
    found = []
    for path in modules("ui"):
        for call, what in called(path):
            place = f"{name(path)}:{call.lineno}"
            if what in ("setHtml", "insertHtml", "setMarkdown") and name(path) not in may_show_markup:
                found.append(f"{place} shows markup")
            if what == "QLabel" and name(path) not in may_be_labels:
                found.append(f"{place} makes a label that guesses")
            if what == "setToolTip" and not is_plain(call.args[0]):
                found.append(f"{place} has a tool tip that guesses")
    assert found == []


def test_a_tool_tip_that_guesses_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "label.py"
    file.write_text("x.setToolTip(subject)\ny.setToolTip(plain_tool_tip(subject))\n")
    tips = [call.args[0] for call, what in called(file) if what == "setToolTip"]
    assert [is_plain(tip) for tip in tips] == [False, True]
