"""Fetches the pictures of mails from the internet, for readers who asked for them: their sender sees this server alone.

Only what the message names is fetched, by who may read the message, and only from the public network: nobody comes to
anything by it that they could not reach themselves.
"""

import threading
from collections import OrderedDict
from typing import Final

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Message
from sync.server.database import ServerDatabase
from sync.server.many import AMONG, Among
from sync.server.members import Members
from sync.server.ports import ReadFile
from sync.server.public_address import NotPublic
from sync.server.safe_fetch import FetchFailed, FetchLimits, SafeFetcher

LIMITS: Final = FetchLimits(bytes=5_000_000, seconds=15.0, hops=3)
THREADS, WAITING = 4, 60
"""Slow servers of strangers hold up nothing but each other."""
SAID_TO_BE: Final = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/jpg",
        "image/pjpeg",
        "image/gif",
        "image/webp",
        "application/octet-stream",
        "binary/octet-stream",
    }
)
"""What servers call pictures. What they are is judged by what is in them."""
_LARGEST_HTML: Final = 4_000_000
_MESSAGES: Final = 64
_FIND: Final = f"SELECT html_blob FROM {Message.table} WHERE id = ? AND scope {AMONG}"  # noqa: S608 - from code


class NoSuchPicture(InputError):
    """The message names no such picture, or this user may not know that it does."""

    def __init__(self) -> None:
        super().__init__("This message names no such picture.")


def is_picture(content: bytes) -> bool:
    """Whether it begins as PNG, JPEG, GIF or WebP. SVG is a document that runs and loads, so it is none."""
    return content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )


class RemoteImages:
    """Its methods may be called on any thread, and wait for the network. `read` reads the server's files."""

    def __init__(self, database: ServerDatabase, read: ReadFile, fetcher: SafeFetcher | None = None) -> None:
        self._database = database
        self._read = read
        self._fetcher = fetcher or SafeFetcher(LIMITS)
        self._members = Members()
        self._named: OrderedDict[str, frozenset[str]] = OrderedDict()
        self._lock = threading.Lock()

    def fetch(self, user_id: Id, message_id: Id, url: str) -> bytes:
        """The picture that a message names by this address.

        Raises NoSuchPicture, and InputError in words when it cannot be had.
        """
        if url not in self._urls(self._html_blob(user_id, message_id)):
            raise NoSuchPicture
        try:
            content = self._fetcher.fetch(url, SAID_TO_BE).content
        except (NotPublic, FetchFailed) as error:
            raise InputError(f"The picture could not be loaded: {error}.") from error
        if not is_picture(content):
            raise InputError("The picture could not be loaded: it is not of a type that is shown.")
        return content

    def _html_blob(self, user_id: Id, message_id: Id) -> str:
        with self._database.snapshot() as connection:
            scopes = self._members.visible(connection, self._members.scopes(connection, user_id))
            row = connection.execute(_FIND, (message_id, Among(scopes))).fetchone()
        if row is None or row[0] is None:
            raise NoSuchPicture
        return str(row[0])

    def _urls(self, html_blob: str) -> frozenset[str]:
        """The addresses in a document; the last few are remembered, for many are asked for one by one."""
        with self._lock:
            if html_blob in self._named:
                self._named.move_to_end(html_blob)
                return self._named[html_blob]
        html = (self._read(html_blob) or b"")[:_LARGEST_HTML].decode("utf-8", "replace")
        # nh3 takes a while to load, and a program that only starts needs none of it.
        from agent_desktop.services.html.clean import clean_html

        urls = frozenset(clean_html(html, {}).remote_image_urls)
        with self._lock:
            self._named[html_blob] = urls
            if len(self._named) > _MESSAGES:
                self._named.popitem(last=False)
        return urls
