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
