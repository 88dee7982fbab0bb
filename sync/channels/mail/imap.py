"""Reads the folders of a mail account: every mail is stored here durably before anything is changed at its server.

How far a folder was read is remembered only after that. So a mail may be handed over twice (it is recognised), and is
never passed over.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.mail_account import AfterReading, MailAccount, MailAuth, StartWith
from sync.channels.mail.afterwards import Afterwards
from sync.channels.mail.connecting import Refused, Step, Trouble
from sync.channels.mail.imap_line import PIECE, ImapLine
from sync.server.ports import (
    InboundPort,
    MailPlace,
    MailPlacePort,
    NoAccess,
    OpenMailAccount,
)

LARGEST_MAIL: Final = 60_000_000
"""Bytes: of a larger mail the head alone is taken, and the mail stays at its server."""
AT_ONCE: Final = 20
"""After so many mails it is remembered how far the folder was read."""
_FEWEST, _MOST = 1_000, 65_536
_HEAD = 1_000_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that was opened."""

    name: str
    uid_validity: int
    uid_next: int


def sign_in(line: ImapLine, account: OpenMailAccount) -> None:
    """Sign in as the account says. Raises Trouble, or OSError where a token cannot be had now."""
    settings = account.settings
    try:
        if settings.auth is MailAuth.PASSWORD:
            _log_in(line, settings.user, account.credentials.password())
        else:
            _present_token(line, account)
    except NoAccess as error:
        raise Trouble(Step.SIGN_IN, str(error), lasting=True) from error


def _log_in(line: ImapLine, user: str, password: str) -> None:
    with line.command(Step.SIGN_IN):
        plain = bool(line.has_capability("AUTH=PLAIN"))
        closed = not plain and bool(line.has_capability("LOGINDISABLED"))
    if closed:
        raise Trouble(
            Step.SIGN_IN,
            f"{line.host} takes no password on a connection like this. Choose TLS.",
            lasting=True,
        )
    try:
        with line.command(Step.SIGN_IN):
            if plain:
                line.plain_login(user, password)  # takes letters that are not ASCII, too
            else:
                line.login(user, password)
    except Refused as refused:
        raise Trouble(
            Step.SIGN_IN,
            f"{line.host} did not take the user “{user}” with this password. Check both; some providers want a password"
            " made for programs (app password). Mail waits at the server until then.",
            lasting=True,
        ) from refused


def _present_token(line: ImapLine, account: OpenMailAccount) -> None:
    user, token = account.settings.user, account.credentials.access_token()
    try:
        with line.command(Step.SIGN_IN):
            line.present_token(user, token)
        return
    except Refused:
        token = account.credentials.access_token(renew=True)
    try:
        with line.command(Step.SIGN_IN):
            line.present_token(user, token)
    except Refused as refused:
        raise Trouble(
            Step.SIGN_IN,
            f"{line.host} does not let “{user}” in with what was granted. Sign in with the provider again, with the"
            " account that this mailbox belongs to. Mail waits at the server until then.",
            lasting=True,
        ) from refused


class MailboxReader:
    """Reads an account over one connection. `clock` tells when folders were first looked at."""

    def __init__(
        self,
        account: OpenMailAccount,
        inbound: InboundPort,
        places: MailPlacePort,
        clock: Clock,
        largest: int = LARGEST_MAIL,
    ) -> None:
        self._account = account
        self._inbound = inbound
        self._places = places
        self._clock = clock
        self._largest = largest
        self._afterwards = Afterwards(account.settings, clock)

    @property
    def settings(self) -> MailAccount:
        """What is set up."""
        return self._account.settings

    @property
    def problem(self) -> str:
        """What is not done at the server as it should, though mail comes in: in sentences, or nothing."""
        return self._afterwards.problem

    def read_all(self, line: ImapLine) -> int:
        """Take what is new in all folders; how many mails there were. Raises Trouble, StoreError, TakenBack."""
        return sum([self._read_folder(line, name) for name in self.settings.folders])

    def _read_folder(self, line: ImapLine, name: str) -> int:
        folder = self.open_folder(line, name)
        last = folder.uid_next - 1
        place = self._places.place(self._account.channel_id, name)
        if place is None:
            now = self.settings.start is StartWith.NOW
            place = MailPlace(folder.uid_validity, last if now else 0, self._clock.now(), last)
            self._places.move_place(self._account.channel_id, name, place)
        elif place.uid_validity != folder.uid_validity:
            # The server counts anew: everything is looked through, and what we have is recognised.
            place = MailPlace(folder.uid_validity, 0, place.since, last, recounted=True)
        first, old = place.last_uid + 1, min(place.old_upto, last)
        spans: tuple[tuple[int, int, list[Any]], ...] = (
            (first, old, self._of_old(place)),
            (max(first, old + 1), last, []),
        )
        return sum(
            self._read_span(line, name, place, self._new(line, begin, end, criteria))
            for begin, end, criteria in spans
        )

    def is_behind(self, line: ImapLine, name: str) -> bool:
        """Open a folder; whether something came that was not read yet. What comes now is told by listening."""
        folder = self.open_folder(line, name)
        place = self._places.place(self._account.channel_id, name)
        if place is None or place.uid_validity != folder.uid_validity:
            return True
        return place.last_uid < folder.uid_next - 1

    def _of_old(self, place: MailPlace) -> list[Any]:
        """Which of the mails are wanted that were there before we looked."""
        if self.settings.start is StartWith.ALL:
            return []
        return ["SINCE", (place.since - _DAY).date()] if place.recounted else ["UNSEEN"]

    def _read_span(
        self, line: ImapLine, name: str, place: MailPlace, found: Iterator[tuple[list[int], int]]
    ) -> int:
        count = 0
        for uids, upto in found:
            taken: list[int] = []
            for uid in uids:
                if self._take(line, uid):
                    taken.append(uid)
                count += 1
                if count % AT_ONCE == 0:
                    self._finish(line, name, place, taken, uid)
            self._finish(line, name, place, taken, upto)
        return count

    def open_folder(self, line: ImapLine, name: str) -> _Folder:
        """Open a folder. Raises Trouble."""
        try:
            said = self._select(line, name)
            with line.command(Step.FOLDER):
                next_uid = said.get(b"UIDNEXT") or line.folder_status(name, ["UIDNEXT"])[b"UIDNEXT"]
                return _Folder(name, int(said[b"UIDVALIDITY"]), int(next_uid))
        except Refused as refused:
            raise Trouble(
                Step.FOLDER,
                f"{line.host} has no folder “{name}” that can be read. Choose one that is there.",
                lasting=True,
            ) from refused

    def _select(self, line: ImapLine, name: str) -> dict[bytes, Any]:
        """What is said about a folder that is opened: so that mails may be changed, or else only to be read."""
        if self.settings.after_reading is not AfterReading.LEAVE:
            with contextlib.suppress(Refused), line.command(Step.FOLDER):
                return dict(line.select_folder(name))
        with line.command(Step.FOLDER):
            return dict(line.select_folder(name, readonly=True))

    def _new(
        self, line: ImapLine, first: int, last: int, criteria: list[Any]
    ) -> Iterator[tuple[list[int], int]]:
        """The numbers of mails from `first` to `last`, piece by piece, each with where the piece ends."""
        width = _FEWEST
        while first <= last:
            upto = min(first + width - 1, last)
            with line.command():
                listed = line.search([*criteria, "UID", f"{first}:{upto}"])
            uids = sorted({int(uid) for uid in listed if first <= int(uid) <= upto})
            yield uids, upto
            width = min(2 * width, _MOST) if not uids else _FEWEST
            first = upto + 1

    # ----- one mail

    def _take(self, line: ImapLine, uid: int) -> bool:
        """Store a mail that is still there; whether it is here completely."""
        with line.command():
            told = line.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]).get(uid)
        if told is None:
            return False
        at = self._arrived(told.get(b"INTERNALDATE"))
        size = _number(told.get(b"RFC822.SIZE"))
        raw = self._content(line, uid, size) if size <= self._largest else None
        if raw is not None:
            self._inbound.store(self._account.channel_id, raw, at)
            return True
        with line.command():
            head = line.fetch([uid], [f"BODY.PEEK[HEADER]<0.{_HEAD}>"]).get(uid, {})
        self._inbound.store(self._account.channel_id, _placeholder(_body(head) or b"", self._largest), at)
        return False

    def _content(self, line: ImapLine, uid: int, size: int) -> bytes | None:
        """The mail, in pieces that fit into memory; None when it is too large, or the server does not give it.

        `size` is not believed (some servers count wrongly), except that nothing may follow where it ends.
        """
        content = bytearray()
        while True:
            with line.command():
                piece = _body(line.fetch([uid], [f"BODY.PEEK[]<{len(content)}.{PIECE}>"]).get(uid, {}))
            if piece is None and content and len(content) >= size:
                return bytes(content)
            if piece is None or len(piece) > PIECE:
                return None
            content += piece
            if len(content) > self._largest or not content:
                return None
            if len(piece) < PIECE:
                return bytes(content)

    def _arrived(self, said: object) -> datetime:
        """When its server took the mail, unless it says something that cannot be."""
        now = self._clock.now()
        if not isinstance(said, datetime):
            return now
        try:
            at = said.astimezone(now.tzinfo)
        except (OverflowError, ValueError, OSError):
            return now
        return at if at.year >= 1990 and at <= now + _DAY else now

    def _finish(self, line: ImapLine, name: str, place: MailPlace, taken: list[int], upto: int) -> None:
        """What is stored is marked or moved at its server as far as that works, and then counts as read."""
        self._afterwards(line, taken)
        taken.clear()
        self._places.move_place(self._account.channel_id, name, replace(place, last_uid=upto))


def _body(told: dict[bytes, Any]) -> bytes | None:
    """The one text in an answer: its name tells which piece it is, in words that differ from server to server."""
    found = [value for name, value in told.items() if name.startswith(b"BODY[")]
    return found[0] if len(found) == 1 and isinstance(found[0], bytes) else None


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _placeholder(head: bytes, largest: int) -> bytes:
    """A mail with the head of one that was not taken, and a text that says so."""
    kept, keep = [], False
    for line in head.replace(b"\r\n", b"\n").split(b"\n"):
        if not line:
            break
        if not line.startswith((b" ", b"\t")):
            keep = not line.lower().startswith((b"content-", b"mime-version"))
        if keep:
            kept.append(line)
    text = (
        f"This mail could not be taken over: it is larger than {largest // 1_000_000} MB, or its server does not give"
        " it away completely. It was left in its mailbox; open it there."
    )
    kept += [b"MIME-Version: 1.0", b'Content-Type: text/plain; charset="utf-8"', b"", text.encode(), b""]
    return b"\r\n".join(kept)
