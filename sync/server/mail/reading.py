"""From a raw mail to everything that has to be known before it is decided what becomes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.trust import SenderTrust, trust_of
from agent_desktop.services.html.keeping import HtmlKeeper
from agent_desktop.services.mail.addresses import Address
from agent_desktop.services.mail.authentication import read_authentication
from agent_desktop.services.mail.head import references_of
from agent_desktop.services.mail.keeping import stored_files
from agent_desktop.services.mail.parse import ParsedMail, salvage_mail
from agent_desktop.services.mail.worker import MailParser
from agent_desktop.services.outside_text import clean, one_line
from sync.server.ports import FileKeeper

MOST_READINGS = 3
"""A mail that was begun so often and never finished is not read in full any more: it may be what ended the program."""
NOT_READ = "This mail could not be read; it is attached as it came."
ENDED_PROGRAM = "This mail could not be read without ending the program; it is attached as it came."
RAW_NAME, RAW_TYPE = "message.eml", "message/rfc822"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A raw mail that waits. `sender` stands for who wrote it, `attempts` counts how often it was begun before;
    `released`: an administrator wants it to be a message in any case.
    """

    inbound_id: Id
    channel_id: Id
    key: str
    raw_blob: str
    size: int
    received_at: datetime
    sender: str
    attempts: int
    released: bool = False

    @property
    def message_id(self) -> Id:
        """The message that it becomes."""
        return derived_id(self.received_at, "mail", self.inbound_id)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that was read, its files stored. `authentication` is what the channel's own mail server says."""

    waiting: Waiting
    mail: ParsedMail
    references: tuple[str, ...]
    files: tuple[AttachmentFile, ...]
    html_blob: str | None
    authentication: str
    readable: bool = True

    @property
    def trust(self) -> SenderTrust:
        """Whether the sender is who they say."""
        return trust_of(self.authentication)

    @property
    def sender(self) -> Address:
        """Who wrote it, as they can be stored."""
        written = self.mail.from_
        return Address(one_line(clean(written.name), 200), clean(written.address))


class RawMailLost(Exception):
    """The content of a mail is not where it was stored."""


class MailReading:
    """Reads mails one after another, each within limits. `trusted_host` names a channel's own mail server, or ""."""

    def __init__(self, files: FileKeeper, trusted_host: Callable[[Id], str]) -> None:
        self._files = files
        self._trusted_host = trusted_host
        self._parser = MailParser()
        self._html = HtmlKeeper(files.put)

    def read(self, waiting: Waiting) -> Arrived:
        """Read a mail and store its files. Raises RawMailLost, and StoreError when there is no room."""
        raw = self._files.read(waiting.raw_blob)
        if raw is None:
            raise RawMailLost(waiting.inbound_id)
        given_up = waiting.attempts >= MOST_READINGS
        mail = salvage_mail(raw, ENDED_PROGRAM) if given_up else self._parser.parse(raw)
        readable = not mail.is_salvaged
        files = stored_files(waiting.message_id, mail.attachments, self._files.put)
        return Arrived(
            waiting=waiting,
            mail=mail,
            references=references_of(mail.headers),
            files=files if readable else (*files, _raw_file(waiting)),
            html_blob=self._html.keep(mail.html),
            authentication=read_authentication(
                mail.headers, self._trusted_host(waiting.channel_id), mail.from_.address
            ),
            readable=readable,
        )

    def close(self) -> None:
        """End the processes that were started for large mails."""
        self._parser.close()
        self._html.close()


def _raw_file(waiting: Waiting) -> AttachmentFile:
    return AttachmentFile(
        id=derived_id(waiting.received_at, "raw mail", waiting.inbound_id),
        name=RAW_NAME,
        media_type=RAW_TYPE,
        size=waiting.size,
        sha256=waiting.raw_blob,
    )
