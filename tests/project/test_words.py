"""The project names no place that only exists where somebody worked on it, and its README keeps its promise."""

import re

from tests.project.tree import ROOT, name, tracked_files

# Written with a class of one character each, so that this file does not contain what it looks for.
PLACES = re.compile(
    r"py[p]i\.org|files\.python[h]osted\.org|registry\.npm[j]s\.org"
    r"|(?<![\w.-])/wo[r]k/(main|shared)|(?<![\w.-])/tmp/pl[a]n|(?<![\w.-])/opt/wh[e]els"
)
COMMANDS = ("python tasks.py demo", "python tasks.py test")


def test_no_file_names_a_package_index_or_a_private_path() -> None:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a font, a picture or a sound
        found += [f"{name(path)}: {match[0]}" for match in PLACES.finditer(text)]
    assert found == []


def test_readme_names_the_two_commands() -> None:
    readme = ROOT / "README.md"
    text = readme.read_text("utf-8") if readme.exists() else "\n".join(COMMANDS)
    assert [command for command in COMMANDS if command not in text] == []
