"""The locks install the same files everywhere and say nothing of where they came from."""

import re
import tomllib

import pytest

from tests.project.tree import ROOT

LOCKS = ("app.lock", "dev.lock", "server.lock", "installer.lock", "package.lock")


def requirements(lock: str) -> list[str]:
    """The entries of a lock, each with its hashes, as one line."""
    text = (ROOT / "requirements" / lock).read_text()
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pins(lock: str) -> set[tuple[str, str]]:
    """Name and version of each entry."""
    found = re.findall(r"^([a-z0-9-]+)==([^ ]+) ", "\n".join(requirements(lock)), re.MULTILINE)
    return set(found)


@pytest.mark.parametrize("lock", LOCKS)
def test_names_no_address(lock: str) -> None:
    assert "://" not in (ROOT / "requirements" / lock).read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_has_one_version_and_hashes(lock: str) -> None:
    for line in requirements(lock):
        assert re.match(r"[a-z0-9-]+==[^ ]+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line


def test_what_users_install_is_what_is_tested() -> None:
    assert pins("app.lock") <= pins("dev.lock")
    assert pins("server.lock") <= pins("dev.lock")


def test_every_declared_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    locked = {name for name, _ in pins("dev.lock")}
    for requirement in [*project["dependencies"], *extras["server"], *extras["dev"]]:
        declared = re.match(r"[A-Za-z0-9_.-]+", requirement)
        assert declared is not None
        assert declared[0].lower().replace("_", "-") in locked, requirement


def test_python_3_11_keeps_a_binding_that_counts_none_correctly() -> None:
    for line in requirements("app.lock"):
        if line.startswith("pyside6-essentials==") and "< '3.12'" in line:
            version = line.split()[0].split("==")[1]
            assert tuple(map(int, version.split("."))) < (6, 12)
            return
    pytest.fail("no version of PySide6-Essentials is locked for Python 3.11")
