"""Whether to offer, where there are no conversations at all, to connect the mailbox that customers write to."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import Permission
from agent_desktop.domain.workspace import Channel, ChannelKind
from ui.models.empty_words import EmptyWords, mailbox_words
from ui.tasks import Problem

if TYPE_CHECKING:
    from ui.context import UiContext


class MailboxOffer(QObject):
    """`look` asks once for each time that the list is empty. `changed`: there is something to offer, or no more."""

    changed = Signal()

    def __init__(self, context: "UiContext", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._looking = False
        self._is_known = False
        self.channel: Channel | None = None
        """The channel whose mailbox is to be connected; None: nothing is offered."""

    @property
    def words(self) -> EmptyWords | None:
        """What to say in place of the list."""
        return None if self.channel is None else mailbox_words(self.channel.address)

    def look(self) -> None:
        """Find out whether a mailbox is missing, unless that is known."""
        desk = self._context.desk
        if self._looking or self._is_known or not desk.directory.actor.may(Permission.CHANNELS_MANAGE):
            return
        channels = [item for item in desk.directory.channels() if item.kind is ChannelKind.EMAIL]
        self._looking = True

        def found() -> Channel | None:
            if not channels or desk.inbox.total():
                return None
            if any(desk.mail_setup.read(item.id).account is not None for item in channels):
                return None
            return channels[0]

        self._context.tasks.fetch(found, self._take, self._not_known)

    def look_again(self) -> None:
        """A mailbox may have been connected."""
        self._is_known = False
        self.look()

    @property
    def channel_id(self) -> Id:
        """The channel to connect; "" for none."""
        return "" if self.channel is None else self.channel.id

    def _take(self, channel: Channel | None) -> None:
        self._looking, self._is_known = False, True
        if channel != self.channel:
            self.channel = channel
            self.changed.emit()

    def _not_known(self, problem: Problem) -> None:
        # Nobody asked for it, so nobody is told; the next look may find out.
        self._looking = False
