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
    "agent_desktop.services.search",
    "agent_desktop.store.replica",
    "ui.commands",
    "ui.html",
    "ui.screens.conversation",
    "ui.screens.context_pane",
    "ui.screens.palette",
    "ui.screens.window_rest",
)
"""Modules that are loaded behind the first painting, with everything below them."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What was loaded when the list of a profile with a conversation was painted."""
    folder = tmp_path_factory.mktemp("start")
    world = make_world(folder, make_template(folder))
    world.customer_writes("Amelia Novak", "Kettle")
    world.close()
    # Who wants no encryption waits for nothing of it; with a key, the keychain is what takes longest.
    KeyFile(world.profile.folder).write(KeyNote(protection=Protection.NONE))
    script = Path(__file__).with_name("first_paint.py")
    root = script.parents[2]
    finished = subprocess.run(
        [sys.executable, str(script), str(world.profile.folder)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=root,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(root)},
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return set(finished.stdout.split())


def test_the_list_was_painted(loaded: set[str]) -> None:
    assert {"PySide6.QtWidgets", "ui.widgets.inbox_list", "agent_desktop.store.inbox"} <= loaded


@pytest.mark.parametrize("heavy", HEAVY)
def test_the_list_does_not_wait_for(loaded: set[str], heavy: str) -> None:
    assert sorted(name for name in loaded if f"{name}.".startswith(f"{heavy}.")) == []
