"""What each program must start without: a server has no screen, and a desktop no server's packages."""

import subprocess
import sys

import pytest

from tests.project.tree import ROOT

SCREEN = ("PySide6", "shiboken6", "keyring", "requests", "markdown_it", "platformdirs")
SERVER = ("starlette", "uvicorn", "httptools", "psycopg", "argon2")


@pytest.mark.parametrize(
    ("modules", "blocked"),
    [
        (("agent_desktop.cli.server.main", "agent_desktop.cli.server.serve_command"), SCREEN),
        (("agent_desktop.cli.server.seed_command", "agent_desktop.cli.server.user_command"), SCREEN),
        (("agent_desktop.__main__", "agent_desktop.cli.desk", "sync.server.embedded"), SERVER),
        (("sync.client.engine", "sync.client.transport", "ui.application"), SERVER),
    ],
    ids=["serve", "seed", "desk", "client"],
)
def test_starts_without(modules: tuple[str, ...], blocked: tuple[str, ...]) -> None:
    """In a process of its own, where nothing was imported before."""
    code = f"import sys\nfor name in {blocked!r}: sys.modules[name] = None\nimport {', '.join(modules)}"
    finished = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert finished.returncode == 0, finished.stderr
