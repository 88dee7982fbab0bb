"""Reads the tables of this folder: a row for each thing that may be done or seen, a column for each principal."""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Cell:
    """What one principal is to meet: `what` at `where`."""

    what: str
    where: str
    who: str
    expected: str

    def __str__(self) -> str:
        return "-".join((self.what, self.where, self.who)).replace(" ", "")


def cells(name: str) -> list[Cell]:
    """The cells of a table. Lines that begin with # explain it; the first other line names the columns."""
    lines = [
        line.split()
        for line in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    (_, _, *people), rows = lines[0], lines[1:]
    found: list[Cell] = []
    for what, where, *marks in rows:
        assert len(marks) == len(people), f"{name}.txt: {what} {where} has {len(marks)} marks"
        found += [Cell(what, where, who, mark) for who, mark in zip(people, marks, strict=True)]
    assert len({str(cell) for cell in found}) == len(found), f"{name}.txt says something twice"
    return found
