"""Canned responses and macros as rows, and the customer that previews are written to. Free of Qt widgets."""

from collections.abc import Mapping
from datetime import datetime

from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import Audience
from agent_desktop.domain.workspace import User
from ui.icon_names import IconName
from ui.models.inbox_row_text import ChipText
from ui.models.knowledge_forms import CannedForm, MacroForm, plain_shortcut
from ui.models.row_look import RowLook, Run, one_line
from ui.tokens import ChipTone, ColorRole

SAMPLE_CUSTOMER = "Amelia Novak"

AUDIENCE_WORDS: dict[Audience, str] = {
    Audience.PERSONAL: "Only me",
    Audience.TEAM: "A team",
    Audience.WORKSPACE: "Everybody",
}
_UNSAVED = ChipText("Unsaved", ChipTone.ACCENT)


def sample_values(me: User, workspace: str, now: datetime) -> Mapping[str, str]:
    """What placeholders stand for in a preview."""
    local = now.astimezone()
    return {
        "customer.name": SAMPLE_CUSTOMER,
        "customer.first_name": SAMPLE_CUSTOMER.split()[0],
        "customer.email": "amelia@customer.example",
        "agent.name": me.name,
        "agent.first_name": me.first_name,
        "agent.signature": me.signature or me.name,
        "conversation.number": "48213",
        "conversation.subject": "Where is my replacement kettle?",
        "channel.name": "Email",
        "workspace.name": workspace,
        "today": f"{local.day} {local:%B %Y}",
    }


def usage_words(count: int | None) -> str:
    """How often something was used."""
    if count is None:
        return "new"
    return "never used" if count == 0 else "used once" if count == 1 else f"used {count:,} times"


def canned_look(row_id: Id, form: CannedForm, usage: int | None, unsaved: bool) -> RowLook:
    """A canned response in a list: shortcut, title, for whom, and how often it was used."""
    shortcut = f"/{one_line(plain_shortcut(form.shortcut))}"
    title = one_line(form.title) or "Untitled"
    below = f"{AUDIENCE_WORDS[form.audience]} · {usage_words(usage)}"
    files = len(form.files)
    if files:
        below += f" · {files} file" if files == 1 else f" · {files} files"
    return RowLook(
        key=row_id,
        title=(Run(title),),
        sentence=", ".join([title, shortcut, below, *(["unsaved"] if unsaved else [])]),
        lines=((Run(shortcut, ColorRole.ACCENT_TEXT), Run(f"  {below}", ColorRole.TEXT_3)),),
        chips=(_UNSAVED,) if unsaved else (),
    )


def macro_look(row_id: Id, form: MacroForm, unsaved: bool) -> RowLook:
    """A macro in a list: name, for whom, and how many steps it has."""
    name = one_line(form.name) or "Untitled"
    steps = len(form.actions)
    below = f"{AUDIENCE_WORDS[form.audience]} · {steps} step" + ("" if steps == 1 else "s")
    return RowLook(
        key=row_id,
        title=(Run(name),),
        sentence=", ".join([name, below, *(["unsaved"] if unsaved else [])]),
        icon=IconName.BOLT,
        lines=((Run(below, ColorRole.TEXT_3),),),
        chips=(_UNSAVED,) if unsaved else (),
    )
