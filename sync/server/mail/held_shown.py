"""What administrators are shown of mails that were held back: whom they are from only to those who would see them."""

from collections.abc import Collection, Sequence

from agent_desktop.domain.access import sees
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.rows import INBOX_SCOPE, Rows
from agent_desktop.domain.scopes import channel_scope, team_scope
from agent_desktop.domain.workspace import Channel, Team
from sync.protocol import administration as wire
from sync.server.mail.held import REASONS, HeldMail
from sync.server.ports import FileShelf

MOST = 100
"""So many are shown at once; a flood is let through on the command line."""
MOST_BYTES = 200_000_000
"""So much is read for it; of what is beyond it, only when and why is told."""
HEAD_BYTES = 65_536
LONGEST = 200


def shown(
    rows: Rows, shelf: FileShelf | None, held: Sequence[HeldMail], visible: Collection[str] | None
) -> wire.HeldMails:
    """The newest of these mails. `visible` are the scopes that the reader sees; None: all."""
    left, mails = MOST_BYTES, []
    for mail in held[:MOST]:
        left -= mail.size
        # A mail whose channel is gone may have been private: only the console reads it.
        scope = _scope(rows, mail)
        may_see = visible is None or (scope is not None and sees(visible, scope))
        raw = shelf.read(mail.raw_blob) if shelf is not None and may_see and left >= 0 else None
        sender, subject = (None, None) if raw is None else _head(raw)
        mails.append(
            wire.HeldMail(
                id=mail.inbound_id,
                channel_id=mail.channel_id,
                received_at=to_microseconds(mail.received_at),
                size=mail.size,
                reason=mail.reason,
                why=REASONS.get(mail.reason, mail.reason),
                sender=sender,
                subject=subject,
            )
        )
    return wire.HeldMails(mails=mails, count=len(held))


def _scope(rows: Rows, mail: HeldMail) -> str | None:
    """Where the mail would be seen; None: that is not known."""
    conversation = rows.get(Conversation, mail.conversation_id) if mail.conversation_id else None
    if conversation is not None:
        return conversation.scope
    channel = rows.get(Channel, mail.channel_id)
    if channel is None:
        return None
    team = rows.get(Team, channel.team_id) if channel.team_id else None
    if team is not None and team.private:
        return team_scope(team.id)
    return channel_scope(channel.id) if channel.private else INBOX_SCOPE


def _head(raw: bytes) -> tuple[str, str]:
    # Loaded where a mail is held: most never are.
    from agent_desktop.services.mail.head import head_of
    from agent_desktop.services.outside_text import clean, one_line

    head = head_of(raw[:HEAD_BYTES])
    return one_line(clean(head.sender.address), LONGEST), one_line(clean(head.subject), LONGEST)
