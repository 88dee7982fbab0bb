"""Logs of the server: JSON, one object a line, with ids and numbers and without anything a customer wrote."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from agent_desktop.logs import told, words

FIELDS = "fields"
"""The name of the extra that holds the fields of a record."""


class JsonLines(logging.Formatter):
    """Makes a line of a record."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": words(record),
        }
        fields = getattr(record, FIELDS, None)
        if isinstance(fields, dict):
            line.update(fields)
        if record.exc_info and record.exc_info[1] is not None:
            error = told(record.exc_info[1])
            line["error"] = {"type": error.kind, "places": error.places, "causes": error.causes}
        return json.dumps(line, ensure_ascii=False, default=str)


def set_up(stream: TextIO = sys.stderr, level: int = logging.INFO) -> None:
    """Send everything that this process logs to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def log(logger: logging.Logger, event: str, level: int = logging.INFO, **fields: object) -> None:
    """Log an event with its fields: ids and numbers, never content."""
    logger.log(level, event, extra={FIELDS: fields})
