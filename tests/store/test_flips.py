"""One wrong bit in an encrypted file is noticed and mended; in a plain one it may change what a customer is told."""

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agent_desktop.store.sealed_pages import decrypted_pages
from tests.store.flips import KEY, Outcome, content, fill, flip, flips, opened

ExpectLog = Callable[[str], None]


def test_every_wrong_bit_of_an_encrypted_file_is_noticed_and_nothing_is_lost(expect_log: ExpectLog) -> None:
    expect_log("work file was damaged")
    found = flips(12, KEY, seed=3)
    assert set(found) <= {Outcome.MENDED, Outcome.HARMLESS}
    assert found[Outcome.MENDED] > 6


def test_some_wrong_bits_of_a_plain_file_are_not_noticed(expect_log: ExpectLog) -> None:
    expect_log("work file was damaged")
    assert flips(25, None, seed=3)[Outcome.SILENT] > 0


@pytest.mark.parametrize("at", [3, 4032 + 5, 4017, 4096 * 3 + 4030], ids=["salt", "code", "iv", "last"])
def test_every_part_of_a_page_is_mended(tmp_path: Path, expect_log: ExpectLog, at: int) -> None:
    expect_log("work file was damaged")
    true = fill(tmp_path, KEY)
    damaged = bytearray((tmp_path / "work.db").read_bytes())
    damaged[at] ^= 16
    (tmp_path / "work.db").write_bytes(damaged)
    (tmp_path / "work.db.damaged").touch()
    with closing(opened(tmp_path, KEY)) as files:
        assert content(files) == true


def test_a_page_that_is_lost_takes_only_its_rows_with_it(tmp_path: Path, expect_log: ExpectLog) -> None:
    expect_log("work file was damaged")
    operations, _, settings = fill(tmp_path, KEY)
    damaged = bytearray((tmp_path / "work.db").read_bytes())
    pages = len(damaged) // 4096
    number = pages * 2 // 3
    damaged[(number - 1) * 4096 : number * 4096] = bytes(4096)
    (tmp_path / "work.db").write_bytes(damaged)
    (tmp_path / "work.db.damaged").touch()
    assert set(range(1, pages + 1)) - set(decrypted_pages(tmp_path / "work.db", KEY).content) == {number}
    with closing(opened(tmp_path, KEY)) as files:
        found, _, kept = content(files)
        assert "may be missing" in files.notice
    assert kept == settings
    assert found.items() <= operations.items()  # and not one with other words
    assert len(found) > len(operations) * 0.7


def test_what_the_journal_holds_is_salvaged(tmp_path: Path, expect_log: ExpectLog) -> None:
    expect_log("work file was damaged")
    folder, copy = tmp_path / "a", tmp_path / "b"
    folder.mkdir()
    copy.mkdir()
    fill(folder, KEY)
    with closing(opened(folder, KEY)) as files:
        true = content(files)
        with files.work.write() as connection:
            connection.execute("UPDATE setting SET value = '\"later\"'")
        later = content(files)
        for file in folder.iterdir():
            (copy / file.name).write_bytes(file.read_bytes())
    damaged = bytearray((copy / "work.db").read_bytes())
    damaged[4096 + 700] ^= 1
    (copy / "work.db").write_bytes(damaged)
    (copy / "work.db.damaged").touch()
    with closing(opened(copy, KEY)) as files:
        assert content(files) == later != true


def test_the_control_counts_what_it_says(tmp_path: Path) -> None:
    """A flip in a text of a plain file is one that nobody notices."""
    template, folder = tmp_path / "a", tmp_path / "b"
    template.mkdir()
    folder.mkdir()
    true = fill(template, None)
    at = (template / "work.db").read_bytes().rindex(b"your kettle") + 6

    class There(random.Random):
        def randrange(self, *arguments: int) -> int:
            return at * 8

    assert flip(template, folder, None, There(), true) is Outcome.SILENT
