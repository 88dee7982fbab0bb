"""What the documents on security say is tested, is tested."""

import re
from pathlib import Path

import pytest

from tests.project.tree import ROOT

DOCUMENTS = sorted((ROOT / "docs" / "security").glob("*.md"))
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_ADVISORY = re.compile(r"\b(?:CVE-\d{4}-\d{4,6}|PYSEC-\d{4}-\d+)\b")


def named(text: str) -> list[tuple[str, str]]:
    return _TEST.findall(text)


def missing(text: str) -> list[str]:
    found = []
    for path, test in named(text):
        file = ROOT / path
        if not file.exists() or not re.search(
            rf"^(?:async )?def {test}\(", file.read_text("utf-8"), re.MULTILINE
        ):
            found.append(f"{path}::{test}")
    return found


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_test_that_is_named_exists(document: Path) -> None:
    assert missing(document.read_text("utf-8")) == []


def test_a_test_that_does_not_exist_is_noticed() -> None:
    assert missing("`tests/project/test_words.py::test_nothing_of_the_kind`") != []
    assert missing("`tests/project/test_words.py::test_readme_names_the_two_commands`") == []


def test_every_advisory_is_answered_in_one_place_by_a_test_or_a_reason() -> None:
    rows = [
        row.split("|")
        for row in (ROOT / "docs" / "security" / "advisories.md").read_text("utf-8").splitlines()
        if _ADVISORY.search(row)
    ]
    ids = [name for row in rows for name in _ADVISORY.findall(row[1])]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 125
    assert [row[1] for row in rows if len(row[3].strip()) < 30] == []


# ----- OWASP ASVS 5.0.0

SECTIONS = {
    1: (2, 9, 11, 3, 2), 2: (3, 3, 4, 1), 3: (0, 2, 4, 6, 5, 0, 2), 4: (3, 1, 2, 4), 5: (1, 3, 2, 3),
    6: (3, 12, 4, 4, 5, 3, 0, 4), 7: (3, 4, 2, 5, 2, 2), 8: (2, 3, 1, 1), 9: (3, 4), 10: (2, 2, 4, 11, 5, 2, 3),
    11: (2, 3, 3, 4, 1, 1, 0), 12: (3, 2, 4), 13: (1, 5, 2, 5), 14: (2, 4, 3), 15: (3, 3, 7, 0),
    16: (1, 5, 4, 3, 3), 17: (1, 4, 2),
}  # fmt: skip
"""How many requirements of levels 1 and 2 each section of a chapter has."""
_ROW = re.compile(r"^\| V((\d+)\.(\d+)\.\d+) \| [^|]{3,} \| ([^|]+) \|$", re.MULTILINE)
_REASON = re.compile(r"n/a: \w|not yet: \w|accepted: \w|n/a (?:for|as) |\bpolicies\.md|\w{3,} \w{2,} \w{2,}")


def answers(text: str) -> dict[str, str]:
    return {match[1]: match[4] for match in _ROW.finditer(text)}


def unanswered(text: str) -> list[str]:
    return [row for row, said in answers(text).items() if not named(said) and not _REASON.search(said)]


def test_every_requirement_of_levels_1_and_2_is_answered_once() -> None:
    text = (ROOT / "docs" / "security" / "asvs.md").read_text("utf-8")
    rows = [match[1] for match in _ROW.finditer(text)]
    assert len(rows) == len(set(rows)) == 253
    found = {
        chapter: tuple(
            sum(row.startswith(f"{chapter}.{section}.") for row in rows)
            for section in range(1, len(counts) + 1)
        )
        for chapter, counts in SECTIONS.items()
    }
    assert found == SECTIONS
    assert unanswered(text) == []
    tests, without, missing_in_part = (
        len([said for said in answers(text).values() if counted(said)])
        for counted in (
            lambda said: bool(named(said)),
            lambda said: said.startswith("n/a"),
            lambda said: "not yet" in said or "accepted" in said,
        )
    )
    summary = (
        f"{tests} name a test, {without} do not apply, and {missing_in_part} are not met or only in part"
    )
    assert summary in " ".join(text.split())


def test_a_row_without_an_answer_is_noticed() -> None:
    assert unanswered("| V1.1.1 | decoding | yes |\n| V1.1.2 | encoding | n/a: no encoding |") == ["1.1.1"]
