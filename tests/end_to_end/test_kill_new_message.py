"""A message that begins a conversation is safe from its first letter on, whatever ends the program."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent_desktop.cli.desk import open_desk
from agent_desktop.profile import Profile
from tests.ui.desks import make_template

pytestmark = pytest.mark.end_to_end


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9")
def test_the_first_letter_survives_kill_9(tmp_path: Path) -> None:
    profile = Profile(make_template(tmp_path))
    command = [sys.executable, "-m", "tests.end_to_end.new_message_writer", str(profile.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
    assert said == "saved\n"
    desk = open_desk(profile, background=False)
    (begun,) = desk.new_messages.begun()
    desk.close()
    assert begun.draft.to == ("j",)
