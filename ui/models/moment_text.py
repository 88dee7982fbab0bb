"""Dates and times in a few words, as lists and cards show them: "14:12", "Mar 2", "Oct 11, 2024"."""

from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import QLocale

_UNMISTAKABLE = timedelta(days=300)
"""Within this, a day without a year can only be the last one of that name."""


def date_text(moment: datetime, now: datetime, zone: tzinfo | None = None) -> str:
    """The time of day if it was today, else the day, with the year only if the day alone could be misread.

    `zone` is where the reader is; None is this machine's.
    """
    local, today = moment.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    day = f"{_month(local)} {local.day}"
    return day if abs(today - local) < _UNMISTAKABLE else f"{day}, {local.year}"


def full_text(moment: datetime, zone: tzinfo | None = None) -> str:
    """Day, year and time of day: "Mar 2, 2024 14:12"."""
    local = moment.astimezone(zone)
    return f"{_month(local)} {local.day}, {local.year} {local:%H:%M}"


def clock_text(zone_name: str, now: datetime) -> str:
    """The time of day in a time zone such as "Europe/Ljubljana"; "" when there is no such zone."""
    if not zone_name.strip():
        return ""
    try:
        return f"{now.astimezone(ZoneInfo(zone_name.strip())):%H:%M}"
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a name that is a folder, a path or nonsense
        return ""


def _month(moment: datetime) -> str:
    return QLocale().monthName(moment.month, QLocale.FormatType.ShortFormat)
