"""Nothing that anybody wrote lies readable on the disk; without encryption, all of it does."""

from pathlib import Path

from agent_desktop.store.key_file import Protection
from tests.end_to_end.sentinels import found, plant

COUNT = 80


def test_no_word_is_found_in_any_byte_that_is_kept(tmp_path: Path) -> None:
    planted = plant(tmp_path / "here", COUNT, Protection.KEYCHAIN)
    assert len(planted.words) >= COUNT - 1
    assert len(planted.secrets) == 1
    assert found(planted) == set()


def test_without_encryption_nearly_every_word_is_found(tmp_path: Path) -> None:
    planted = plant(tmp_path / "here", COUNT, Protection.NONE)
    assert len(found(planted)) > COUNT * 0.8  # the others were only searched for
