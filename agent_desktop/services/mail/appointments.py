"""Says in words what an appointment is about (RFC 5545), for mails that bring one and nothing else.

Reads the few lines that a person would look for; who wants more opens the file.
"""

import re
from datetime import datetime
from typing import Final

from agent_desktop.services.mail.names import clean_line

MAX_READ_CHARS: Final = 64 * 1024
MAX_DESCRIPTION_CHARS: Final = 10_000
_FIELD: Final = re.compile(
    r"^(SUMMARY|LOCATION|DESCRIPTION|DTSTART|DTEND)((?:;[^:\n\"]*+(?:\"[^\"\n]*+\")?+)*+):(.*+)",
    re.IGNORECASE | re.MULTILINE,
)
_ZONE: Final = re.compile(r";TZID=\"?([^;:\"\n]{1,60})", re.IGNORECASE)
_MOMENT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$")
_ESCAPED: Final = re.compile(r"\\([\\;,nN])")


def appointment_text(content: str) -> str:
    """What the first event of a calendar is called, when and where it is; "" where it says nothing of that."""
    unfolded = re.sub(r"\r?\n[ \t]", "", content[:MAX_READ_CHARS])
    _, _, event = unfolded.partition("BEGIN:VEVENT")
    event = event.partition("END:VEVENT")[0].partition("BEGIN:VALARM")[0]
    found: dict[str, tuple[str, str]] = {}
    for match in _FIELD.finditer(event):
        found.setdefault(match[1].upper(), (match[2], match[3].strip()))
    words = {name: _unescaped(value) for name, (_, value) in found.items()}
    lines = (clean_line(words.get("SUMMARY", "")), _when(found), clean_line(words.get("LOCATION", "")))
    parts = ("\n".join(filter(None, lines)), words.get("DESCRIPTION", "")[:MAX_DESCRIPTION_CHARS].strip())
    return "\n\n".join(filter(None, parts))


def _when(found: dict[str, tuple[str, str]]) -> str:
    """From when to when, as it stands there: in the time zone of whoever wrote it."""
    if "DTSTART" not in found:
        return ""
    begin, zone = _moment(*found["DTSTART"])
    end, _ = _moment(*found["DTEND"]) if "DTEND" in found else ("", "")
    day, _, _ = begin.rpartition(", ")
    if day and end.startswith(f"{day}, "):
        end = end.removeprefix(f"{day}, ")
    times = f"{begin} to {end}" if end and end != begin and ", " in begin else begin
    return f"{times} ({zone})" if times and zone else times


def _moment(parameters: str, value: str) -> tuple[str, str]:
    """A time such as "1 December 2026, 09:00", and the zone that it is in; "" where it is none."""
    match = _MOMENT.match(value)
    if match is None:
        return "", ""
    try:
        year, month, day, hour, minute = (int(part or 0) for part in match.groups()[:5])
        moment = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - as it is written
    except ValueError:
        return "", ""
    date = f"{moment.day} {moment:%B} {moment.year}"
    if match[4] is None:
        return date, ""
    zone = _ZONE.search(parameters)
    return f"{date}, {moment:%H:%M}", "UTC" if match[6] else clean_line(zone[1]) if zone else ""


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
