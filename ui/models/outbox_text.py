"""What waits or needs attention, as rows. Free of Qt widgets."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from agent_desktop.domain.message import Delivery, Direction, Message
from agent_desktop.services.outbox import OutboxItem
from ui.icon_names import IconName
from ui.models.inbox_row_text import ChipText
from ui.models.moment_text import date_text
from ui.models.row_look import RowLook, Run, one_line
from ui.tokens import ChipTone, ColorRole

_CHIPS: dict[Delivery, ChipText] = {
    Delivery.QUEUED: ChipText("Waiting", ChipTone.NEUTRAL),
    Delivery.SENDING: ChipText("Sending", ChipTone.NEUTRAL),
    Delivery.FAILED: ChipText("Not sent", ChipTone.DANGER),
    Delivery.HELD: ChipText("Held", ChipTone.WARN),
    Delivery.UNKNOWN: ChipText("Unclear", ChipTone.WARN),
    Delivery.NONE: ChipText("Not applied", ChipTone.DANGER),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One item and the conversation that it belongs to."""

    item: OutboxItem
    subject: str = ""
    customer: str = ""

    @property
    def key(self) -> str:
        """What tells it from all others."""
        return self.item.message_id or self.item.operation_id or ""

    @property
    def needs_attention(self) -> bool:
        """Whether it goes no further without a person."""
        return self.item.needs_attention


def outbox_chip(item: OutboxItem) -> ChipText:
    """How an item stands, in one word."""
    return _CHIPS.get(item.delivery, _CHIPS[Delivery.QUEUED])


def news_head(message: Message, now: datetime, zone: tzinfo | None = None) -> str:
    """Who wrote something that is new, and when."""
    name = one_line(message.author_name) or (
        "The customer" if message.direction is Direction.IN else "A colleague"
    )
    did = "wrote" if message.direction is Direction.IN else "answered"
    return f"{name} {did}, {date_text(message.created_at, now, zone)}"


def retry_title(item: OutboxItem) -> str:
    """What the button says that lets it go on."""
    if item.delivery is Delivery.HELD:
        return "Send as is"
    return "Send again" if item.message_id is not None else "Try again"


def outbox_look(row: OutboxRow, now: datetime, zone: tzinfo | None = None) -> RowLook:
    """An item in the list: for whom, about what, the text, and how it stands."""
    item, chip = row.item, outbox_chip(row.item)
    who = one_line(row.customer) or item.title
    about = one_line(row.subject)
    text = one_line(item.text[:400])
    return RowLook(
        key=row.key,
        title=(Run(who, strong=True), *((Run(f"  {about}", ColorRole.TEXT_2),) if about else ())),
        sentence=", ".join(part for part in (chip.text, item.title, who, about, item.words, text) if part),
        icon=IconName.WARNING if row.needs_attention else IconName.OUTBOX,
        lines=((Run(text or item.title, ColorRole.TEXT_2),),),
        trailing=(Run(date_text(item.at, now, zone), ColorRole.TEXT_3),),
        chips=(chip,),
    )
