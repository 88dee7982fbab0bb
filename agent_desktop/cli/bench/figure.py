"""What a figure is: a name, a target, and a way to measure ours and the limit side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent_desktop.cli.bench.workspace import BenchWorkspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was measured, both in the unit of the figure. `details` are further values worth knowing."""

    ours: float
    limit: float
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the report. `target` is the ratio of ours to the limit that is aimed at; less is better."""

    name: str
    words: str
    unit: str
    target: float
    measure: Callable[[BenchWorkspace], Reading]


def as_plain(figure: Figure, reading: Reading) -> dict[str, Any]:
    """The line of the report for machines."""
    plain: dict[str, Any] = {
        "name": figure.name,
        "ours": round(reading.ours, 4),
        "limit": round(reading.limit, 4),
        "unit": figure.unit,
        "ratio": round(reading.ours / reading.limit, 3),
        "target": figure.target,
    }
    if reading.details:
        plain["details"] = {name: round(value, 4) for name, value in reading.details.items()}
    return plain


def as_text(figure: Figure, reading: Reading) -> str:
    """The line of the report for people."""
    ratio = reading.ours / reading.limit
    verdict = "ok  " if ratio <= figure.target else "MISS"
    line = (
        f"{verdict} {figure.name:18} {reading.ours:10.3f} {figure.unit:3} against {reading.limit:10.3f} {figure.unit:3}"
        f"  ratio {ratio:6.2f}  target {figure.target:g}"
    )
    return "\n".join([line, *(f"       {name}: {value:.3f}" for name, value in reading.details.items())])
