"""Finds in the free text of a mail server which recipients failed and what was said about each.

There are hundreds of wordings, so nothing here depends on one: the copy of our own mail is cut off,
the addresses that stay are the recipients, and the lines around each are what the server said.
"""

import re
from collections.abc import Iterator
from typing import Final

from agent_desktop.services.mail.bounce_reasons import MAX_DIAGNOSTIC_CHARS

MAX_NOTICE_CHARS: Final = 20_000
MAX_RECIPIENTS: Final = 100

FAILURE_SUBJECT: Final = re.compile(
    r"\W{0,20}+(?:undeliver(?:able|ed)|"
    r"un?delivered mail|delivery (?:status|failure|failed|has failed|notification|report|"
    r"error|problem|incomplete|delay)|mail (?:delivery|system|failure|returned|error)|returned (?:mail|"
    r"message|e-?mail|to sender)|"
    r"failure (?:notice|delivery|notification)|failed (?:mail|delivery)|message (?:delivery|undeliverable|"
    r"not delivered|status|could not)|"
    r"non[- ]?(?:delivery|deliverable|remis)|nondeliverable|could ?n[o']t (?:be )?(?:send|sent|deliver)|"
    r"warning: (?:could not send|message|e-?mail)|error sending|there was an error sending|"
    r"e-?mail delivery|email rejected|rejected|"
    r"(?:unzustellbar|nicht zugestellt|zustellung fehlgeschlagen|mail konnte nicht|échec|non distribu|"
    r"avis de non|no se (?:ha |pudo )|no entregado|mancata consegna|mislukt|falha na entrega|não foi poss)|"
    r"недостав|не доставлено|ваше сообщение не|メールエラー|配信(?:不能|エラー)|退信|系统退信|投递失败)",
    re.IGNORECASE,
)
"""How reports begin their subject."""

FAILURE_TEXT: Final = re.compile(
    r"(?:(?:could|can)(?:not| not|n't) (?:be )?(?:deliver|sen[dt]|reach|relay)|(?:un|wasn't |was not |"
    r"not )able to (?:be )?deliver|undeliver|"
    r"(?:was|were) not delivered|not (?:been )?delivered|did not reach|"
    r"deliver[ey]?[ey]? (?:to the following|failed|failure|has failed|attempt|error|problem)|"
    r"failed permanently|permanent(?:ly)? (?:fatal )?(?:error|failure|failed|delivery)|fatal errors|"
    r"following address|(?:addresses|recipients?) (?:had|failed|was rejected|were rejected)|"
    r"mail (?:size|system) |unknown (?:user|recipient|address)|user unknown|no such user|mailbox (?:is |"
    r"was )?(?:full|unavailable|exceeds|not)|"
    r"invalid (?:user|recipient|address)|rejected (?:recipient|by)|was rejected|error message below|"
    r"returned message|transcript of session|"
    r"delayed|no valid recipients|failure reasons?|non-?deliver|host unknown|"
    r"送信できません|送信できなか|届け(?:られ|でき)|не может быть доставлено|"
    r"nicht zugestellt|n'a pas pu être|"
    r"no (?:se )?(?:ha )?(?:pudo|podido) (?:ser )?entreg|无法(?:投递|送达)|退信)",
    re.IGNORECASE,
)
"""What reports say somewhere in their text."""

SERVER_WORDS: Final = re.compile(
    r"\b[45]\d\d[- ](?:#?[245]\.\d{1,3}\.\d{1,3}\b|[^\n]{0,100}(?:user|mailbox|recipient|address|rejected|denied))|"
    r"mailbox (?:is )?(?:full|unavailable)|X-Failed-Recipients|Final-Recipient",
    re.IGNORECASE,
)
"""What people hardly write, but servers do."""

_COPY: Final = re.compile(
    r"^[ \t]*+(?:[-=_*#]{1,80}+[ \t]*+(?:begin |this is a |the |below (?:this line )?is (?:a |the )?)?[^\n]{0,30}"
    r"(?:original|returned|unsent|undelivered|copy of)[^\n]{0,60}(?:message|mail|header|e-?mail|follow)[^\n]{0,60}|"
    r"(?:original message (?:follows|headers?|details)|the (?:body|header)s? of the (?:original )?message[^\n]{0,40}|"
    r"original message:|message details:|your original message[^\n]{0,60}|message headers? follow|"
    r"here is a copy)[^\n]{0,40}|"
    r"[-=]{2,}[ \t]?(?:message|mail|header)s?[ \t][^\n]{0,60}[-=:]?|"
    r"(?:Received|Return-Path|DKIM-Signature|X-Received|X-Originating-IP): [^\n]{1,300})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)


def split_notice(text: str) -> tuple[str, str]:
    """Part what a server says from the copy of the mail below it."""
    text = text[: 10 * MAX_NOTICE_CHARS]
    match = _COPY.search(text)
    if match is None:
        return text[:MAX_NOTICE_CHARS], ""
    return text[: match.start()][:MAX_NOTICE_CHARS], text[match.start() :]


_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}[A-Za-z0-9]"
)
_NOT_RECIPIENT: Final = re.compile(
    r"(?:mail from|sender|from:|from <|envelope[- ]from|postmaster|help|support|contact|please|write to|http|"
    r"message[- ]id|in-reply-to|reply[- ]to|your message to|mail sent by|a message sent by|message from|"
    r"return-path|sent by)",
    re.IGNORECASE,
)
_RECIPIENT_LINE: Final = re.compile(
    r"^[ \t>*-]{0,12}(?:(?:rcpt to|recipient(?: address)?|to|addressed to|unable to deliver message to|"
    r"could not be delivered to|"
    r"message to|for|original-recipient|final-recipient|user|"
    r"an error occurred while sending mail to)\b[: ]{0,3}(?:rfc822;)?[ \t]{0,3})?"
    r"[<(\"']{0,2}([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}[A-Za-z0-9])",
    re.IGNORECASE | re.MULTILINE,
)


_HEADER_ECHO: Final = re.compile(
    r"^[ \t]{0,12}(?:to|cc):[^\n]{0,400}\n[ \t]{0,12}subject:", re.IGNORECASE | re.MULTILINE
)
"""The head of our own mail, told above what became of it."""


_JSON_RECIPIENT: Final = re.compile(r'"emailAddress"\s{0,4}:\s{0,4}"([^"\n]{1,320})"')


def failed_recipients(notice: str, writer: str) -> list[str]:
    """Addresses that the notice speaks of, without `writer`, who wrote the mail; best guesses first."""
    listed = _JSON_RECIPIENT.findall(notice)
    if listed:
        return list(dict.fromkeys(listed))[:MAX_RECIPIENTS]
    notice = _HEADER_ECHO.sub("", notice)
    found = [
        match[1] for match in _RECIPIENT_LINE.finditer(notice) if not _about_sender(notice, match.start(1))
    ]
    if not found:
        found = [match[0] for match in _ADDRESS.finditer(notice) if not _about_sender(notice, match.start())]
    unique = {address.lower(): address for address in reversed(found)}
    others = [address for lower, address in reversed(unique.items()) if lower != writer.lower()]
    return others[:MAX_RECIPIENTS]


def _about_sender(notice: str, position: int) -> bool:
    line = notice.rfind("\n", 0, position) + 1
    before = notice[max(line, position - 100) : position]
    if _NOT_RECIPIENT.search(before) is not None:
        return True
    previous = notice[max(0, line - 120) : line].strip().rpartition("\n")[2]
    return not before.strip(" <\t") and _NOT_RECIPIENT.match(previous) is not None


def words_about(notice: str, recipients: list[str]) -> Iterator[str]:
    """For each recipient what the notice says from its first mention to the next recipient's."""
    if len(recipients) == 1:
        yield notice[:MAX_DIAGNOSTIC_CHARS]
        return
    lower = notice.lower()
    places = [lower.find(recipient.lower()) for recipient in recipients]
    for place in places:
        following = min((other for other in places if other > place), default=len(notice))
        yield notice[place:following][:MAX_DIAGNOSTIC_CHARS] if place >= 0 else ""


_REPLY_CODE: Final = re.compile(
    r"(?<![\d.#@-])([45]\d\d)(?=[ \-:,]|$)(?![- ]?(?:bytes|kb|mb|seconds|hours))", re.IGNORECASE
)
_STATUS: Final = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.]*\.\d|\d)")


def reply_code_of(text: str) -> str:
    """The SMTP reply code ("550") in what a server said; "" if there is none."""
    match = _REPLY_CODE.search(text[:MAX_DIAGNOSTIC_CHARS])
    return match[1] if match else ""


def status_of(text: str) -> str:
    """The status ("5.1.1") in what a server said; one that says something before one that does not."""
    found = [match[1] for match in _STATUS.finditer(text[:MAX_DIAGNOSTIC_CHARS])]
    return next((one for one in found if one[1:] != ".0.0"), found[0] if found else "")
