"""Logs of the server: JSON, one object a line, with ids and numbers and without anything a customer wrote.

An exception is told by its type and the places it passed. Its message is left out: those of databases quote the values
that they were given.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

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
            "event": self._words(record),
        }
        fields = getattr(record, FIELDS, None)
        if isinstance(fields, dict):
            line.update(fields)
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)

    @staticmethod
    def _words(record: logging.LogRecord) -> str:
        # Errors among the arguments would bring their messages in.
        if isinstance(record.args, tuple):
            record.args = tuple(
                type(item).__name__ if isinstance(item, BaseException) else item for item in record.args
            )
        return record.getMessage()


def _told(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "type": _name(error),
        "places": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
        "causes": [_name(cause) for cause in _causes(error)],
    }


def _causes(error: BaseException) -> list[BaseException]:
    """What led to an error, the nearest first. Some errors are their own cause."""
    chain = [error]
    while chain[-1].__cause__ is not None and chain[-1].__cause__ not in chain:
        chain.append(chain[-1].__cause__)
    return chain[1:]


def _name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


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
