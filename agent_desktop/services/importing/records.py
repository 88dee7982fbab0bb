"""JSON records from anywhere: what a record is, and its values however they are called."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from agent_desktop.domain.clock import EPOCH
from agent_desktop.services.importing.reading import LARGEST_DOCUMENT, SourceFile, decoded, lines_of
from agent_desktop.services.outside_text import clean, one_line

Json = Mapping[str, Any]

LISTS_OF_EVENTS = ("events", "messages", "turns", "customer_turns", "log", "comments")
LISTS_OF_RECORDS = (
    "conversations",
    "customers",
    "articles",
    "canned_responses",
    "records",
    "items",
    "tickets",
    "data",
)
_TOO_LATE = datetime(2200, 1, 1, tzinfo=UTC)


class RecordKind(StrEnum):
    """What a record describes."""

    CONVERSATION = "conversation"
    MAIL = "mail"
    CUSTOMER = "customer"
    ARTICLE = "article"
    CANNED_RESPONSE = "canned_response"


@dataclass(frozen=True, slots=True)
class Found:
    """A record, or in `problem` why there is none at this place."""

    position: str
    record: Json | None
    problem: str = ""


def kind_of_record(value: object) -> RecordKind | None:
    """What a JSON value describes; None for nothing of ours."""
    if not isinstance(value, dict):
        return None
    kind = value.get("type")
    if isinstance(kind, str) and kind in set(RecordKind) - {RecordKind.MAIL}:
        return RecordKind(kind)
    if any(isinstance(value.get(name), list) for name in LISTS_OF_EVENTS):
        return RecordKind.CONVERSATION
    if isinstance(value.get("raw"), str):
        return RecordKind.MAIL
    body = text_of(value, "body", "text", "content", "markdown")
    if text_of(value, "shortcut", "short_code") and body:
        return RecordKind.CANNED_RESPONSE
    if text_of(value, "title") and body:
        return RecordKind.ARTICLE
    if text_of(value, "email", "phone") or isinstance(value.get("identities"), list):
        return RecordKind.CUSTOMER
    return None


def is_record(value: object) -> bool:
    """Whether a JSON value is a record of ours, or a list or envelope of them."""
    if isinstance(value, list):
        return any(kind_of_record(item) for item in value[:20])
    if kind_of_record(value) is not None:
        return True
    return isinstance(value, dict) and any(_listed(value, name) for name in LISTS_OF_RECORDS)


def _listed(value: Json, name: str) -> bool:
    return isinstance(value.get(name), list) and any(kind_of_record(item) for item in value[name][:20])


def records_of(file: SourceFile) -> Iterator[Found]:
    """The records of a file: one for each line, or one document that holds them."""
    lines = lines_of(file)
    number, first = next(lines, (1, b""))
    if first is None:
        yield Found("line 1", None, "This line is too long to be read.")
    else:
        value = _parsed(first)
        if value is None and first.strip():
            rest = file.whole(LARGEST_DOCUMENT)
            yield from _document(first + rest)
            return
        yield from _values(value, f"line {number}")
    for number, line in lines:
        if line is None:
            yield Found(f"line {number}", None, "This line is too long to be read.")
        elif line.strip():
            value = _parsed(line)
            if value is None:
                yield Found(f"line {number}", None, "This line is not valid JSON.")
            else:
                yield from _values(value, f"line {number}")


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(decoded(line))
    except (ValueError, RecursionError):
        return None


def _document(content: bytes) -> Iterator[Found]:
    value = _parsed(content)
    if value is None:
        yield Found("", None, "The file is not valid JSON.")
    else:
        yield from _values(value, "")


def _values(value: Any, position: str) -> Iterator[Found]:
    if isinstance(value, list):
        items = value
    elif isinstance(value, dict) and kind_of_record(value) is None:
        items = [item for name in LISTS_OF_RECORDS if _listed(value, name) for item in value[name]] or [value]
    elif value is None:
        return
    else:
        items = [value]
    for place, item in enumerate(items, 1):
        where = position if len(items) == 1 else f"{position} record {place}".strip()
        if isinstance(item, dict):
            yield Found(where, item)
        else:
            yield Found(where, None, "This is not a record.")


def text_of(value: Json, *names: str) -> str:
    """The first of these values that is text or a number, as text; "" without one."""
    for name in names:
        found = value.get(name)
        if isinstance(found, bool):
            continue
        if isinstance(found, (int, float)) or (isinstance(found, str) and found.strip()):
            return clean(str(found))
    return ""


def texts_of(value: Json, *names: str) -> tuple[str, ...]:
    """The first of these values that is a list of texts, or a text with commas."""
    for name in names:
        found = value.get(name)
        if isinstance(found, str):
            found = found.split(",")
        if isinstance(found, list):
            return tuple(one_line(clean(item)) for item in found if isinstance(item, str) and item.strip())
    return ()


def time_of(value: object) -> datetime | None:
    """A time however it is written: seconds, milli- or microseconds since 1970, ISO 8601, or as in mails."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        if isinstance(value, (int, float)):
            return _plausible(_since_1970(float(value)))
        if isinstance(value, str) and (text := value.strip()[:64]):
            if re.fullmatch(r"\d{9,19}(\.\d+)?", text):
                return _plausible(_since_1970(float(text)))
            return _plausible(_written(text))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return None


def _since_1970(number: float) -> datetime:
    for unit in (
        1e18,
        1e15,
        1e12,
    ):  # nano-, micro-, milliseconds: none of them is a time in seconds that we meet
        if number >= unit / 10:
            number /= unit / 1e9
            break
    return EPOCH + timedelta(seconds=number)


def _written(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = parsedate_to_datetime(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _plausible(moment: datetime) -> datetime | None:
    return moment if EPOCH < moment < _TOO_LATE else None


def as_json(value: object) -> str:
    """A value as JSON text; nothing for what is nested too deep to be written."""
    try:
        return json.dumps(value, sort_keys=True, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


def flat(value: Mapping[str, Any], limit: int = 2_000) -> str:
    """What a record says besides text, on lines for people: `name: value`."""
    lines = []
    for name, item in value.items():
        if item is None or item == "":
            continue
        shown = item if isinstance(item, str) else as_json(item)
        lines.append(f"{name}: {shown}")
    return clean("\n".join(lines))[:limit]
