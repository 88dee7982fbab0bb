"""Setting up and opening a profile: whole or not at all, and never over one that is there."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.cli import desk as desk_module
from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import AppError, InputError, StoreError
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.operations.workspace import SaveTeam
from agent_desktop.domain.workspace import Role
from agent_desktop.profile import Profile
from tests.fakes import START

PERSON = Person(name="Maya Keller", company=" ", email="maya@example.org")


def make(profile: Profile) -> None:
    clock = ManualClock(START)
    set_up(profile, PERSON, clock, TimeOrderedIds(clock))


def test_a_new_profile_has_a_workspace_and_its_user(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "new" / "profile")
    make(profile)
    desk = open_desk(profile, background=False)
    assert desk.directory.workspace_name == "My workspace"
    assert (desk.directory.me.name, desk.directory.me.role) == ("Maya Keller", Role.ADMIN)
    assert [channel.name for channel in desk.directory.channels()] == ["Email", "Live chat", "Phone"]
    desk.close()


def test_a_profile_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "profile")
    make(profile)
    before = {file.name: file.read_bytes() for file in profile.folder.glob("*.db")}
    with pytest.raises(InputError, match="already"):
        make(profile)
    assert {file.name: file.read_bytes() for file in profile.folder.glob("*.db")} == before


def test_a_start_that_is_broken_off_leaves_no_profile_and_can_be_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = Profile(tmp_path / "profile")

    def fails(*arguments: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(desk_module, "make_profile", fails)
        with pytest.raises(StoreError):
            make(profile)
    assert not profile.exists
    make(profile)
    open_desk(profile, background=False).close()
    assert [path.name for path in tmp_path.iterdir()] == ["profile"]


def test_a_folder_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(AppError, match="could not be made"):
            make(Profile(folder))


def test_everything_is_let_go_when_a_profile_is_closed(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "profile")
    make(profile)
    for _ in range(3):
        desk = open_desk(profile)
        desk.close()
        desk.close()
    assert sorted(path.name for path in profile.folder.iterdir()) == [
        "profile.lock",
        "replica.db",
        "server.db",
        "work.db",
    ]


def test_a_profile_whose_client_id_was_lost_goes_on_under_a_new_one(tmp_path: Path) -> None:
    profile = Profile(tmp_path / "profile")
    make(profile)
    desk = open_desk(profile, background=False)
    team_id = desk.ids.new()
    desk.apply(SaveTeam(team_id=team_id, name="Night shift"))
    desk.sync.exchange()
    desk.apply(SaveTeam(team_id=team_id, name="Late shift"))
    desk.close()
    with closing(sqlite3.connect(profile.work_db)) as connection, connection:
        connection.execute("DELETE FROM setting WHERE name = ?", (desk_module.CLIENT_ID,))
    desk = open_desk(profile, background=False)
    desk.sync.exchange()
    assert desk.sync.status.waiting == 0
    assert "Late shift" in [team.name for team in desk.directory.teams()]
    desk.close()
    with closing(sqlite3.connect(profile.server_db)) as connection:
        found = connection.execute(
            "SELECT count(*), count(DISTINCT operation_id) FROM operation WHERE kind = 'team.save' AND user_id != ?",
            ("0" * 32,),
        ).fetchone()
    assert found == (2, 2)
