"""What stands around the text that is being written."""

from typing import NamedTuple

from agent_desktop.services.drafts import DraftKind
from ui.viewmodels.composer import ComposerViewModel
from ui.viewmodels.writing import signed_words


class ComposerLook(NamedTuple):
    """Words and states of a composer. Empty words have no place there."""

    kind: DraftKind
    signed: str
    said: str
    """Why it was not sent, or is not saved."""
    warned: bool
    """Somebody else is replying."""
    hint: str
    unsafe: bool
    counter: str
    too_long: bool
    window: str
    """How long the customer can still be answered."""


PLAIN = ComposerLook(DraftKind.REPLY, "", "", False, "", False, "", False, "")
"""A reply in which nothing was written."""


def look_of(composer: ComposerViewModel, *, replied: bool) -> ComposerLook:
    """What is to be seen of a composer now; `replied`: somebody else is replying."""
    reply, warning = composer.kind is not DraftKind.NOTE, composer.warning
    text = composer.draft().text if reply else ""
    return ComposerLook(
        kind=composer.kind,
        signed=signed_words(composer.signature, text) if text.strip() else "",
        said="\n".join(sentence for sentence in (composer.problem, warning) if sentence),
        warned=reply and replied,
        hint=composer.hint,
        unsafe=bool(warning),
        counter=composer.counter,
        too_long=composer.over_limit,
        window=composer.window_words,
    )
