"""Parses mails of any size and shape for a long-running program, within limits that always hold."""

from typing import Final

from agent_desktop.services.mail.bounded import BoundedWorker, WorkerError
from agent_desktop.services.mail.parse import ParsedMail, parse_mail, salvage_mail

INLINE_BYTES: Final = 256 * 1024
"""Mails up to here are parsed in this process: the parser has no step that costs more than a fixed
multiple of the input, so the worst mail of this size takes a fraction of a second."""

SECONDS: Final = 10.0
MEMORY_BYTES: Final = 512 * 1024**2
"""A mail of 50 MB needs half of it."""

TOO_COMPLEX: Final = (
    "This mail is too complex to be read in full; only its beginning is shown, and it is kept as it came."
)


class MailParser:
    """Parses mails one after another; keep one for as long as mails come in.

    Small mails are parsed at once, large ones in a bounded process that is started when the first
    one comes. Whatever happens to that process, the mail comes back at least as `salvage_mail`
    gives it. Safe to use from several threads. `close` ends the process.
    """

    def __init__(self, *, seconds: float = SECONDS, inline_bytes: int = INLINE_BYTES) -> None:
        self._seconds = seconds
        self._inline_bytes = inline_bytes
        self._worker = BoundedWorker(memory_bytes=MEMORY_BYTES)

    def parse(self, raw: bytes) -> ParsedMail:
        """Parse one raw mail; never raises and returns within the time limit."""
        if len(raw) <= self._inline_bytes:
            return parse_mail(raw)
        try:
            return self._worker.call(parse_mail, raw, seconds=self._seconds)
        except WorkerError:
            return salvage_mail(raw, TOO_COMPLEX)

    def close(self) -> None:
        """End the process, if there is one."""
        self._worker.close()
