"""The time zone of this machine, and moments to come in its words."""

import time
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PySide6.QtCore import QLocale, QTimeZone


def local_zone() -> tzinfo:
    """The zone of this machine with its rules, not only today's offset; where it has no name, today's offset."""
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "replace")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # no data for it, or no name at all
        return timezone(timedelta(seconds=time.localtime().tm_gmtoff))


def time_words(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """When something will be: "14:05" today, "Thu 09:00" within a week, else "Wed Mar 12 09:00"."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    if days == 0:
        return f"{local:%H:%M}"
    weekday = QLocale().dayName(local.isoweekday(), QLocale.FormatType.ShortFormat)
    if 0 < days < 7:
        return f"{weekday} {local:%H:%M}"
    month = QLocale().monthName(local.month, QLocale.FormatType.ShortFormat)
    return f"{weekday} {month} {local.day} {local:%H:%M}"
