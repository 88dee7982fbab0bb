"""Server-sent events out of bytes, however these were cut on the way."""

from dataclasses import dataclass

LARGEST_EVENT = 16_000_000
_BOM = b"\xef\xbb\xbf"


class EventTooLarge(Exception):
    """More came than an event may have; what sends it is not ours."""


@dataclass(frozen=True, slots=True)
class Event:
    """One whole event: its name, and its data as it came."""

    name: str
    data: bytes


class EventParser:
    """Feed it what comes; it gives the events that are complete. One whose blank line is missing was not received."""

    def __init__(self, largest: int = LARGEST_EVENT) -> None:
        self._largest = largest
        self._line = bytearray()
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0
        self._after_return = False
        self._first_line = True

    def feed(self, piece: bytes) -> list[Event]:
        """The events that end in this piece. Raises EventTooLarge."""
        events: list[Event] = []
        if self._after_return and piece:
            # A line ends with the return; a new line behind it, perhaps in the next piece, belongs to it.
            self._after_return = False
            piece = piece.removeprefix(b"\n")
        self._after_return = self._after_return or piece.endswith(b"\r")
        # Not `splitlines`: it ends a line at other characters, too.
        *ended, rest = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for end in ended:
            self._line += end
            event = self._take_line(bytes(self._line))
            self._line.clear()
            if event is not None:
                events.append(event)
        self._line += rest
        if len(self._line) + self._size > self._largest:
            raise EventTooLarge
        return events

    def _take_line(self, line: bytes) -> Event | None:
        if self._first_line:
            self._first_line = False
            line = line.removeprefix(_BOM)
        if not line:
            return self._finished()
        field, _, value = line.partition(b":")  # a comment has no name of a field
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value.decode("utf-8", "replace")
        elif field == b"data":
            self._data.append(value)
            self._size += len(value) + 1
        return None

    def _finished(self) -> Event | None:
        name, data = self._name, self._data
        self._name, self._data, self._size = "", [], 0
        return Event(name or "message", b"\n".join(data)) if data else None
