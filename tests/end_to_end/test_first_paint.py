"""The list is painted before anything is loaded that it does not need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agent_desktop.store.key_file import KeyFile, KeyNote, Protection
from tests.ui.desks import make_template, make_world

pytestmark = pytest.mark.end_to_end

HEAVY = (
    "PySide6.QtNetwork",
    "socket",
    "secrets",
    "sqlalchemy",
    "alembic",
    "asyncio",
    "email",
    "html",
    "importlib.metadata",
    "importlib.resources",
    "http",
    "ssl",
    "requests",
    "subprocess",
    "msgspec",
    "markdown_it",
    "nh3",
    "cryptography",
    "keyring",
    "sqlcipher3",
    "sync.server",
    "sync.client",
    "agent_desktop.domain.customer",
    "agent_desktop.domain.entities",
    "agent_desktop.domain.knowledge",
    "agent_desktop.domain.message",
    "agent_desktop.domain.operations",
    "agent_desktop.services.composer",
    "agent_desktop.services.html",
    "agent_desktop.services.search",
    "agent_desktop.services.vault",
    "agent_desktop.store.replica",
    "ui.commands",
    "ui.html",
    "ui.screens.conversation",
    "ui.screens.context_pane",
    "ui.screens.palette",
    "ui.screens.window_rest",
)
"""Modules that are loaded behind the first painting, with everything below them."""


NEVER = (
    "sqlalchemy",
    "alembic",
    "asyncio",
    "psycopg",
    "starlette",
    "email",
    "agent_desktop.store.definitions",
    "agent_desktop.services.mail.content",
)
"""What a window and its embedded server do without, as long as their files are as they should be."""


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a profile with a conversation."""
    folder = tmp_path_factory.mktemp("start")
    world = make_world(folder, make_template(folder))
    world.customer_writes("Amelia Novak", "Kettle")
    world.close()
    # Who wants no encryption waits for nothing of it; with a key, the keychain is what takes longest.
    KeyFile(world.profile.folder).write(KeyNote(protection=Protection.NONE))
    return world.profile.folder


def modules_of(profile: Path, *when: str) -> set[str]:
    script = Path(__file__).with_name("first_paint.py")
    root = script.parents[2]
    finished = subprocess.run(
        [sys.executable, str(script), str(profile), *when],
        capture_output=True,
        text=True,
        timeout=240,
        cwd=root,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)},
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.split())


@pytest.fixture(scope="module")
def loaded(profile: Path) -> set[str]:
    """What was loaded when the list was painted."""
    return modules_of(profile)


@pytest.fixture(scope="module")
def loaded_at_last(profile: Path) -> set[str]:
    """What was loaded when all of the window was there and the server had answered."""
    return modules_of(profile, "whole")


def below(loaded: set[str], name: str) -> list[str]:
    return sorted(module for module in loaded if f"{module}.".startswith(f"{name}."))


def test_the_list_was_painted(loaded: set[str]) -> None:
    assert {"PySide6.QtWidgets", "ui.widgets.inbox_list", "agent_desktop.store.inbox"} <= loaded


@pytest.mark.parametrize("heavy", HEAVY)
def test_the_list_does_not_wait_for(loaded: set[str], heavy: str) -> None:
    assert below(loaded, heavy) == []


def test_all_of_the_window_was_there(loaded_at_last: set[str]) -> None:
    assert {"ui.screens.window_rest", "sync.server.commit", "sync.client.engine"} <= loaded_at_last


@pytest.mark.parametrize("never", NEVER)
def test_no_window_needs(loaded_at_last: set[str], never: str) -> None:
    assert below(loaded_at_last, never) == []
