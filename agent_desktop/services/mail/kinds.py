"""Tells who writes: a person, a list, a program, or a mail server about a mail of ours.

No machine may answer machines, and a vacation note or a bounce is not a customer who writes.
"""

import re
from typing import Final

from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.services.mail.headers import Headers

_AUTOMATIC_HEADERS: Final = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-failed-recipients",
    "x-mail-autoreply",
    "x-auto-reply",
    "x-vacation",
)
_NO_ANSWER_HEADERS: Final = (
    "x-auto-response-suppress",
    "feedback-id",
    "list-id",
    "list-unsubscribe",
    "list-post",
)
_LIST_PRECEDENCE: Final = frozenset({"bulk", "junk", "list"})
_AUTOMATIC_PRECEDENCE: Final = frozenset({"auto_reply", "auto-reply"})

_DAEMON: Final = re.compile(
    r"(?:mailer-daemon|post[-_]?master|mail[-_.]?daemon|mail\.?delivery\.?(?:system|subsystem)|mdaemon)"
    r"(?:[-+_.][^@]*)?(?:@|\Z)",
    re.IGNORECASE,
)
_UNANSWERED: Final = re.compile(
    r"(?:no-?reply|do-?not-?reply|bounces?|auto-?reply|auto-?responder)(?:[-+_.][^@]*)?@", re.IGNORECASE
)
_AWAY: Final = re.compile(
    r"(?:auto(?:matic)?[- ]?(?:reply|response|antwort)|automated (?:reply|response)|"
    r"auto: .{0,60}(?:out of|away|absen|abwesend|nicht im|absent|fuera)|ooo:|away from (?:the |my )?(?:office|desk)|"
    r"i(?:['’]m| am) (?:currently |now )?(?:away|out of (?:the )?office|on (?:vacation|holiday|leave))|"
    r"ich bin (?:derzeit |zurzeit |zur zeit )?(?:nicht im (?:büro|haus)|im urlaub|abwesend)|"
    r"je suis (?:actuellement )?absente?|estoy (?:fuera de|de vacaciones)|sono (?:fuori|assente)|"
    r"out of (?:the )?office|(?:on|away on) (?:vacation|holiday)s? until|vacation (?:reply|message|notice)|"
    r"automatische (?:antwort|rückantwort)|abwesenheit(?:s(?:notiz|meldung|nachricht|benachrichtigung|assistent))?|"
    r"réponse automatique|absence du bureau|message d[’']absence|respuesta automática|fuera de la oficina|"
    r"risposta automatica|fuori ufficio|automatisch antwoord|afwezig(?:heid(?:sbericht)?)?|"
    r"resposta automática|fora do escritório|autosvar|automatiskt svar|automatisk svar|fraværende|frånvaro|"
    r"automaattinen vastaus|poissa|automatyczna odpowiedź|odpowiedź automatyczna|automatická odpověď|"
    r"automatikus válasz|răspuns automat|автоматический ответ|автоответ|автоматична відповідь|"
    r"otomatik yanıt|αυτόματη απάντηση|自動応答|自動返信|不在通知|自动回复|自動回覆|자동 ?회신|부재중)",
    re.IGNORECASE,
)


def is_daemon(address: str, name: str = "") -> bool:
    """Whether a mail server writes itself, by its address or the name it goes by."""
    return _DAEMON.match(address) is not None or _DAEMON.match(name.replace(" ", ".")) is not None


def is_away_subject(subject: str) -> bool:
    """Whether a subject is that of a vacation note; answers to such a note ("Re: ...") are not."""
    return _AWAY.match(subject[:200]) is not None


def kind_of(headers: Headers, sender: str, media_type: str) -> MailKind:
    """Tell persons, lists and programs apart by the headers; reports of servers are told before this.

    RFC 3834 names `Auto-Submitted`; the other signs are what programs use that do not know it.
    """
    submitted = headers.raw("auto-submitted").partition(";")[0].partition("(")[0].strip().lower()
    precedence = headers.raw("precedence").lower()
    if submitted and submitted != "no":
        return MailKind.AUTOMATIC
    if media_type == "multipart/report":
        return MailKind.AUTOMATIC
    if precedence in _AUTOMATIC_PRECEDENCE or any(name in headers for name in _AUTOMATIC_HEADERS):
        return MailKind.AUTOMATIC
    if is_away_subject(headers.text("subject")):
        return MailKind.AUTOMATIC
    if precedence in _LIST_PRECEDENCE or any(name in headers for name in _NO_ANSWER_HEADERS):
        return MailKind.LIST
    if _is_unanswered(headers, sender):
        return MailKind.LIST
    return MailKind.PERSONAL


def _is_unanswered(headers: Headers, sender: str) -> bool:
    """Whether nobody reads answers: there is no sender, or one whose name says so."""
    return not sender or is_daemon(sender) or _UNANSWERED.match(sender) is not None or has_empty_path(headers)


def has_empty_path(headers: Headers) -> bool:
    """Whether the envelope names no sender, as that of reports and automatic answers must not."""
    return headers.raw("return-path").replace(" ", "") == "<>"
