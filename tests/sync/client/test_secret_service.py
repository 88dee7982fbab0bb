"""The real Secret Service of a desktop: GNOME's keyring on a bus of its own, unlocked, locked, and gone."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.tree import ROOT

pytestmark = pytest.mark.peer

SCENES = Path(__file__).with_name("secret_service_scenes.py")


@pytest.mark.parametrize(
    "scene", ["kept_and_found", "locked", "lost", "wrong", "gone", "profile_is_encrypted_and_opened_again"]
)
def test_scene(tmp_path: Path, scene: str) -> None:
    """Each in a session of its own, which ends with everything that runs in it."""
    if shutil.which("gnome-keyring-daemon") is None or shutil.which("dbus-run-session") is None:
        pytest.skip("needs gnome-keyring and dbus, which .ci/run installs")
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("PYTHON_KEYRING_BACKEND")
    (tmp_path / "run").mkdir(mode=0o700)
    finished = subprocess.run(
        ["dbus-run-session", "--", sys.executable, str(SCENES), scene, str(tmp_path / "profile")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert finished.stdout.splitlines()[-1] == "as it should be"
