"""Keeps the HTML of messages that come in, by mail or by an import: cleaned, within limits of time and memory."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from agent_desktop.services.html.clean import clean_for_storage_in_worker
from agent_desktop.services.mail.bounded import BoundedWorker


class HtmlKeeper:
    """Cleans one HTML after another and stores it; keep one for as long as messages come in.

    `put` stores content and returns its SHA-256. Use as a context manager, or call `close`: what is long is
    cleaned in a process of its own.
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

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process, if there is one."""
        self.close()
