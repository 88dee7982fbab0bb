"""The folder of sent mail: a copy of what we sent for people who look there, and the place to ask what was sent."""

from typing import Final

from sync.channels.mail.connecting import Refused, Step
from sync.channels.mail.imap import sign_in
from sync.channels.mail.imap_line import ImapLine
from sync.server.ports import Dial, OpenMailAccount

KEEP_THEMSELVES: Final = (".gmail.com", ".googlemail.com", ".office365.com", ".outlook.com")
"""Servers for sending that put what they send into the folder themselves."""
COPY_SECONDS: Final = 180.0
_SENT, _ALL = b"\\Sent", b"\\All"


class SentFolder:
    """The sent mail of an account. Each call makes a connection of its own, and raises Trouble or OSError."""

    def __init__(self, account: OpenMailAccount, dial: Dial) -> None:
        self._account = account
        self._dial = dial

    @property
    def wants_copies(self) -> bool:
        """Whether what is sent has to be put there."""
        settings = self._account.settings
        if settings.imap is None or settings.smtp is None or not settings.sent_copy:
            return False
        return not f".{settings.smtp.host.lower()}".endswith(KEEP_THEMSELVES)

    def keep(self, message_id: str, content: bytes) -> None:
        """Put a copy there, unless one is there."""
        line = self._open()
        try:
            folder = self._folders(line)[0]
            if not self._is_in(line, folder, message_id):
                with line.command(Step.READ, COPY_SECONDS):
                    line.append(folder, content, flags=(b"\\Seen",))
        finally:
            line.leave()

    def has(self, message_id: str) -> bool | None:
        """Whether a mail of this name is there; None when nobody can be asked."""
        if self._account.settings.imap is None:
            return None
        line = self._open()
        try:
            return any(self._is_in(line, folder, message_id) for folder in self._folders(line))
        finally:
            line.leave()

    def _open(self) -> ImapLine:
        settings = self._account.settings
        assert settings.imap is not None
        line = ImapLine(settings.imap, settings.authority, self._dial)
        try:
            sign_in(line, self._account)
        except BaseException:
            line.leave()
            raise
        return line

    def _folders(self, line: ImapLine) -> list[str]:
        """The folder of sent mail, and where a provider has all mail in one place, that place."""
        with line.command():
            sent = self._account.settings.sent_folder or line.find_special_folder(_SENT) or "Sent"
            everything = line.find_special_folder(_ALL)
        return [sent, everything] if everything else [sent]

    def _is_in(self, line: ImapLine, folder: str, message_id: str) -> bool:
        try:
            with line.command():
                line.select_folder(folder, readonly=True)
                return bool(line.search(["HEADER", "Message-ID", f"<{message_id}>"]))
        except Refused:  # there is no such folder
            return False
