"""Where imported things belong: channels, users and teams of the workspace, by what a source calls them."""

from datetime import datetime, timedelta

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.operations.workspace import SaveChannel
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.records import Record
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.services.directory import Directory

OLD = timedelta(days=14)
"""A conversation without a status comes in as solved when nobody wrote for so long, else as open."""

_NAMES = {
    ChannelKind.EMAIL: "Imported mail",
    ChannelKind.CHAT: "Imported chats",
    ChannelKind.PHONE: "Imported calls",
    ChannelKind.SMS: "Imported text messages",
    ChannelKind.WHATSAPP: "Imported WhatsApp",
    ChannelKind.SOCIAL: "Imported social media",
    ChannelKind.PORTAL: "Imported requests",
}
_KINDS = {
    "mail": ChannelKind.EMAIL,
    "e-mail": ChannelKind.EMAIL,
    "webchat": ChannelKind.CHAT,
    "live_chat": ChannelKind.CHAT,
    "live chat": ChannelKind.CHAT,
    "web": ChannelKind.CHAT,
    "voice": ChannelKind.PHONE,
    "call": ChannelKind.PHONE,
    "telephone": ChannelKind.PHONE,
    "text": ChannelKind.SMS,
    "twitter": ChannelKind.SOCIAL,
    "facebook": ChannelKind.SOCIAL,
    "instagram": ChannelKind.SOCIAL,
    "mastodon": ChannelKind.SOCIAL,
    "form": ChannelKind.PORTAL,
    "ticket": ChannelKind.PORTAL,
    "api": ChannelKind.PORTAL,
}
_STATUSES = {
    Status.OPEN: "open new active reopened",
    Status.PENDING: "pending waiting waiting_on_customer answered",
    Status.ON_HOLD: "on_hold hold on-hold stalled blocked",
    Status.SOLVED: "solved resolved done completed finished",
    Status.CLOSED: "closed archived spam deleted rejected",
}
_STATUS_OF = {word: status for status, words in _STATUSES.items() for word in words.split()}
_PRIORITY_OF = {"critical": Priority.URGENT, "medium": Priority.NORMAL, "minor": Priority.LOW}


class Places:
    """Finds channels, users and teams, and makes the channels that are missing."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._users = {user.email.casefold(): user.id for user in directory.users() if user.email}
        self._names = {user.name.casefold(): user.id for user in directory.users()}
        self._teams = {team.name.casefold(): team.id for team in directory.teams()}
        self._own = {
            channel.address.casefold(): channel
            for channel in directory.channels()
            if channel.kind is ChannelKind.EMAIL and channel.address
        }
        self._made: dict[ChannelKind, Id] = {}

    def is_own(self, address: str) -> bool:
        """Whether an e-mail address is one of our channels."""
        return address.casefold() in self._own

    def mail_channel(self, addresses: list[str]) -> Channel | None:
        """The channel of ours that a mail came to or went from."""
        return next(
            (self._own[address.casefold()] for address in addresses if address.casefold() in self._own), None
        )

    def channel(self, kind: ChannelKind, name: str = "", address: str = "") -> tuple[Id, tuple[Record, ...]]:
        """A channel of this kind: with this name or address if there is one, else the first, else a new one.

        Raises InputError when there is none and the user's role does not allow to make one.
        """
        same = [channel for channel in self._directory.channels() if channel.kind is kind]
        named = [channel for channel in same if name and channel.name == name]
        addressed = [channel for channel in same if address and channel.address == address]
        for channel in (*addressed, *named, *same):
            return channel.id, ()
        if kind in self._made:
            return self._made[kind], ()
        if not self._directory.actor.may(Permission.CHANNELS_MANAGE):
            raise InputError(
                f"The workspace has no channel for {kind.value}, and your role does not allow to add one. "
                "Ask an administrator for it."
            )
        channel_id = derived_id(EPOCH, "import", "channel", kind.value)
        self._made[kind] = channel_id
        return channel_id, (
            SaveChannel(channel_id=channel_id, kind=kind, name=_NAMES[kind], address=address),
        )

    def user(self, email: str, name: str) -> Id | None:
        """The user with this address or name."""
        return self._users.get(email.casefold()) or self._names.get(name.casefold())

    def team(self, name: str) -> Id | None:
        """The team with this name."""
        return self._teams.get(name.casefold())


def kind_of(text: str) -> ChannelKind | None:
    """The kind of channel that a word means."""
    word = text.strip().casefold()
    return ChannelKind(word) if word in set(ChannelKind) else _KINDS.get(word)


def status_of(text: str) -> Status | None:
    """The status that a word means."""
    return _STATUS_OF.get(text.strip().casefold().replace(" ", "_"))


def priority_of(text: str) -> Priority:
    """The priority that a word means; normal for any other."""
    word = text.strip().casefold()
    return Priority(word) if word in set(Priority) else _PRIORITY_OF.get(word, Priority.NORMAL)


def status_by_age(last: datetime, now: datetime) -> Status:
    """The status of a conversation that does not say one."""
    return Status.SOLVED if now - last > OLD else Status.OPEN
