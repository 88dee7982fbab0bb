"""Tells mail that a program sent from mail that a person wrote, so that no machine answers machines."""

import re
from typing import Final

from agent_desktop.services.mail.headers import Headers

_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply", "auto-reply"})
_PRESENT_MEANS_AUTOMATIC: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-auto-response-suppress",
    "x-failed-recipients",
    "x-mail-autoreply",
    "feedback-id",
    "list-id",
    "list-unsubscribe",
)
_MACHINE: Final = re.compile(
    r"(?:mailer-daemon|post[-_]?master|mail-?daemon|no-?reply|do-?not-?reply|bounces?|auto-?reply)(?:[-+_.].*)?@",
    re.IGNORECASE,
)
_AWAY: Final = re.compile(
    r"(?:auto(?:matic)?[- ]?(?:reply|response|antwort)|out of (?:the )?office|automatische antwort|"
    r"abwesenheit|réponse automatique|respuesta automática|risposta automatica|"
    r"automatisch antwoord|resposta automática)\b",
    re.IGNORECASE,
)
_REPORTS: Final = frozenset({"multipart/report", "message/delivery-status"})


def is_automatic(headers: Headers, media_type: str, sender: str) -> bool:
    """Whether a mail must not get an automatic answer: bounces, vacation notes, lists, newsletters.

    RFC 3834 names `Auto-Submitted`; the other signs are what programs use that do not know it.
    """
    submitted = headers.raw("auto-submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return True
    if headers.raw("precedence").lower() in _BULK:
        return True
    if any(headers.raw(name) for name in _PRESENT_MEANS_AUTOMATIC):
        return True
    if media_type in _REPORTS or headers.raw("return-path").replace(" ", "") == "<>":
        return True
    return (
        not sender or _MACHINE.match(sender) is not None or _AWAY.match(headers.text("subject")) is not None
    )
