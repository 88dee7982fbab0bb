"""Messages that begin conversations and are not sent yet, as rows. Free of Qt widgets."""

from datetime import datetime, tzinfo

from agent_desktop.domain.message import preview_of
from agent_desktop.services.new_messages import Begun
from ui.icon_names import IconName
from ui.models.inbox_row_text import ChipText
from ui.models.moment_text import date_text
from ui.models.row_look import RowLook, Run, one_line
from ui.tokens import ChipTone, ColorRole

NOBODY_YET, NO_SUBJECT, NO_TEXT = "New message", "No subject yet", "Nothing written yet"


def begun_look(begun: Begun, device: str, now: datetime, zone: tzinfo | None = None) -> RowLook:
    """For whom, about what, how it begins, and where it is being written; `device` as a person knows it."""
    draft = begun.draft
    who = one_line(draft.name) or one_line(", ".join(draft.to)) or NOBODY_YET
    about = one_line(draft.subject) or NO_SUBJECT
    text = one_line(preview_of(draft.text)) or NO_TEXT
    chips = []
    if begun.is_sent:
        chips.append(ChipText("Sent already", ChipTone.WARN))
    elif device:
        chips.append(ChipText(f"On {device}", ChipTone.NEUTRAL))
    when = date_text(draft.updated_at, now, zone)
    return RowLook(
        key=draft.conversation_id,
        title=(Run(who, strong=True),),
        sentence=", ".join(("New message", who, about, *(chip.text for chip in chips), when, text)),
        icon=IconName.PENCIL,
        lines=((Run(about, ColorRole.TEXT),), (Run(text, ColorRole.TEXT_2),)),
        trailing=(Run(when, ColorRole.TEXT_3),),
        chips=tuple(chips),
    )
