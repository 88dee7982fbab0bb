"""Workspaces to import into and export from."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent_desktop.cli.desk import Person, set_up
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.profile import Profile
from tests.desk_fixture import desk, desk_template, office  # noqa: F401 - fixtures
from tests.services.targets import NOW, SHARED, Target, open_copy


@pytest.fixture(scope="session")
def profile_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    clock = ManualClock(NOW)
    profile = Profile(tmp_path_factory.mktemp("template") / "profile")
    person = Person(name="Maya Keller", company="Lighthouse", email="help@lighthouse.example")
    set_up(profile, person, clock, TimeOrderedIds(clock))
    return profile.folder


@pytest.fixture
def new_target(profile_template: Path, tmp_path: Path) -> Iterator[Callable[[], Target]]:
    """Opens one empty workspace after another."""
    opened: list[Target] = []

    def make() -> Target:
        opened.append(open_copy(profile_template, tmp_path / f"profile-{len(opened)}"))
        return opened[-1]

    yield make
    for target in opened:
        target.desk.close()


@pytest.fixture
def target(new_target: Callable[[], Target]) -> Target:
    """An empty workspace."""
    return new_target()


@pytest.fixture
def shared_data() -> Path:
    """The folder of real material beside the project."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder shared/data beside the project")
    return SHARED
