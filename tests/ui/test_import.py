"""What loading the window does not do."""

import subprocess
import sys


def test_no_module_of_ours_is_read_as_text() -> None:
    """PySide would read, and keep, the source of each."""
    code = "import linecache, ui.application; print(*linecache.cache, sep='\\n')"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [name for name in said.stdout.splitlines() if "application" in name] == []
