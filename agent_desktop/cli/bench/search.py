"""Typing queries into the search, every keystroke of them, against the newest 500 matches of the raw index."""

import math
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from statistics import median

from agent_desktop.cli.bench.figure import Figure, Reading
from agent_desktop.cli.bench.timing import CPU, elapsed, without_collector
from agent_desktop.cli.bench.workspace import BenchWorkspace
from agent_desktop.domain.search_query import parse, to_fts
from agent_desktop.services.search import SHORTEST

_SAMPLE = 3_000
_QUERIES_OF_A_CLASS = 4
_REPEATS = 3
_NEWEST = "SELECT rowid FROM message_text WHERE message_text MATCH ? ORDER BY rowid DESC LIMIT 500"
_REPLY = "SELECT text FROM message WHERE pk <= ? AND kind = 'reply' ORDER BY pk DESC LIMIT 1"
_WORD = re.compile(r"[^\W\d_]{4,}")


def _measure(workspace: BenchWorkspace) -> Reading:
    our_times: list[float] = []
    limit_times: list[float] = []
    worst: dict[str, float] = {}
    with workspace.desk() as desk, workspace.raw() as raw, without_collector():
        today = desk.clock.now().date()
        for name, queries in _classes(raw).items():
            for typed in _keystrokes(queries):
                ours = _repeated(partial(desk.search.search, typed))
                worst[name] = max(worst.get(name, 0.0), ours)
                match = to_fts(parse(typed, today).terms)
                if match:
                    our_times.append(ours)
                    limit_times.append(_repeated(partial(_newest, raw, match)))
    return Reading(ours=_p95(our_times), limit=_p95(limit_times), details=worst)


def _repeated(work: Callable[[], object]) -> float:
    return median(elapsed(lambda _: work(), 0, CPU) for _ in range(_REPEATS))


def _newest(raw: sqlite3.Connection, match: str) -> list[tuple[int]]:
    return raw.execute(_NEWEST, (match,)).fetchall()


def _classes(raw: sqlite3.Connection) -> dict[str, list[str]]:
    """Queries of several kinds in the words that the messages use."""
    random = Random(1)  # noqa: S311 - a sample, no secret
    last = raw.execute("SELECT max(pk) FROM message").fetchone()[0]
    texts = []
    for key in (random.randint(1, last) for _ in range(_SAMPLE)):
        found = raw.execute(_REPLY, (key,)).fetchone()
        texts.append(found[0] if found else "")
    words = Counter(word.casefold() for text in texts for word in _WORD.findall(text))
    common = [word for word, _ in words.most_common(40)]
    rare = [word for word, count in words.items() if count == 1] or common
    names = [name for (name,) in raw.execute("SELECT name FROM customer ORDER BY pk DESC LIMIT 200")]

    def some(of: list[str], count: int = 1) -> str:
        return " ".join(random.choice(of) for _ in range(count))

    classes: dict[str, list[str]] = {}
    for _ in range(_QUERIES_OF_A_CLASS):
        for name, query in (
            ("common_word", some(common)),
            ("two_common_words", some(common, 2)),
            ("three_mixed_words", f"{some(common)} {some(rare)} {some(common)}"),
            ("rare_word", some(rare)),
            ("phrase", f'"{_phrase(texts, random)}"'),
            ("name", some(names)),
            ("with_status", f"{some(common)} status:open"),
            ("with_attachment", f"has:attachment {some(common)}"),
            ("without_word", f"{some(common)} -{some(common)}"),
        ):
            classes.setdefault(name, []).append(query)
    return classes


def _phrase(texts: list[str], random: Random) -> str:
    for _ in range(100):
        words = random.choice(texts).partition("\n")[0].split()
        if len(words) >= 3 and all(word.isalpha() for word in words[:3]):
            return " ".join(words[:3])
    return "thank you"


def _keystrokes(queries: list[str]) -> Iterator[str]:
    for query in queries:
        for length in range(SHORTEST, len(query) + 1):
            yield query[:length]


def _p95(times: list[float]) -> float:
    return sorted(times)[math.ceil(len(times) * 0.95) - 1]


FIGURE = Figure(
    name="search_p95",
    words="95 of 100 keystrokes of typed queries take no longer; the worst of each kind of query below; CPU time",
    unit="ms",
    target=2,
    measure=_measure,
)
