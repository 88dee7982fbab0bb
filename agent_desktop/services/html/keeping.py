"""Keeps the HTML of messages that come in, by mail or by an import: cleaned, within limits of time and memory."""

from collections.abc import Callable

from agent_desktop.services.html.clean import clean_for_storage_in_worker
from agent_desktop.services.mail.bounded import BoundedWorker


class HtmlKeeper:
    """Cleans one HTML after another and stores it; keep one for as long as messages come in.

    `put` stores content and returns its SHA-256. What is long is cleaned in a process of its own: `close` ends it.
    """

    def __init__(self, put: Callable[[bytes], str]) -> None:
        self._put = put
        self._worker = BoundedWorker()

    def keep(self, html: str | None) -> str | None:
        """Store what is safe of it, and return the SHA-256 of that; None when there is none. Raises StoreError."""
        if not html:
            return None
        return self._put(clean_for_storage_in_worker(self._worker, html).encode("utf-8", "replace"))

    def close(self) -> None:
        """End the process, if there is one."""
        self._worker.close()
