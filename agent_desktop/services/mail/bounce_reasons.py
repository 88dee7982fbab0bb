"""Knows the words with which mail servers say why a mail was not delivered.

One table per reason. What matters to the reader is whether the address itself is no good, and
servers say that in words: their codes are too often a plain 550 or 5.0.0.
"""

import re
from enum import StrEnum
from typing import Final

MAX_DIAGNOSTIC_CHARS: Final = 2_000


class FailureReason(StrEnum):
    """Why a mail did not arrive, as far as the words of the server tell."""

    UNKNOWN_ADDRESS = "unknown_address"
    UNKNOWN_HOST = "unknown_host"
    MOVED = "moved"
    TAKES_NO_MAIL = "takes_no_mail"
    DISABLED = "disabled"
    MAILBOX_FULL = "mailbox_full"
    TOO_LARGE = "too_large"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    OTHER = "other"


def _any_of(alternatives: str) -> re.Pattern[str]:
    """A pattern of which one alternative stands on each line."""
    return re.compile("|".join(line.strip() for line in alternatives.strip().splitlines()), re.IGNORECASE)


# In this order: a full mailbox is often told with "unavailable", a refusal with "recipient".
_WORDS: Final = {
    FailureReason.TOO_LARGE: _any_of(r"""
        (?:message|mail)(?: file)?(?: size)? (?:is |was )?(?:too (?:big|large)|exceed|limit)
        (?:message|(?<!in)mail) size (?:limit )?(?:exceed|limit)
        (?<!box )size limit exceeded|exceeds? (?:[a-z]+ ){0,3}message size
        exceeded maximum inbound
        (?:message|mail) (?:header )?size
        """),
    FailureReason.MAILBOX_FULL: _any_of(r"""
        (?:mail|in)?box[^\n]{0,80} (?:is |was )?(?:full|exceed|over|limit|quota)
        (?:over|exceed(?:s|ed|ing)?|out of)[- ](?:[a-z]+ ){0,4}(?:quota|limit|storage|allocation)(?! size)
        exceeds allowed size|メールボックスが一杯
        quota[^\n]{0,20} (?:exceed|violat|full|limit)
        disk (?:quota|full|space)|storage (?:allocation|limit)|no space left|not enough (?:storage|disk) space
        insufficient (?:system |disk )?(?:storage|space)
        too many messages (?:in|on)
        over ?-?quota|quota exceeded|full mailbox
        account is (?:full|exceeding)|user is over|mailbox for [^\n]{1,80} is full
        メールボックスが満杯|容量(?:超過|オーバー|を超え)
        ящик[^\n]{0,60} переполнен|postfach[^\n]{0,40} voll|boîte[^\n]{0,60} pleine
        """),
    FailureReason.REFUSED: _any_of(r"""
        sender(?:'s)? (?:address|domain|verify|id)|domain of sender|unroutable sender|my name was rejected
        \b(?:spf|dkim|dmarc|ptr|rbl|dns[- ]?bl)\b|reverse (?:dns|lookup)|lookup failed|rdns
        (?<![\w-])spam(?:haus|cop)?\b|unsolicited|(?:black|block|deny)[- ]?list|\bblocked\b|reputation
        \bpolicy\b|security
        virus|malware|infected|banned|prohibited|suspicious|phishing|message content|content (?:rejected|filter)
        relay(?:ing)? (?:is )?(?:denied|not|access|prohibited)|(?:unable|not permitted|not allowed) to (?:relay|send)
        may not be mail exchanger|client host rejected
        authentication (?:is )?(?:required|checks)|unauthenticated|not authenticated|not authori[sz]ed|permission to
        too many (?:connections|mails|messages|recipients|errors)|rate[- ]limit|throttl|sent to too many
        gr[ae]y-?list|not accepting connections|service refuse|connection (?:rejected|refused) by
        """),
    FailureReason.MOVED: _any_of(r"""
        user has moved|has moved to|has been replaced|address (?:has )?(?:been )?(?:changed|replaced)
        no longer (?:with|works|employed|working)
        (?:my|a) new (?:e-?mail )?address|new address
        """),
    FailureReason.TAKES_NO_MAIL: _any_of(r"""
        (?:does|do) not (?:accept|receive) (?:any )?(?:e-?mail|mail|messages)
        not accept(?:ing)? (?:any )?(?:e-?mail|mail)
        \bnull ?mx\b|indicated no smtp service|no mx (?:record )?found|smtp protocol returned a permanent error
        """),
    FailureReason.UNKNOWN_HOST: _any_of(r"""
        (?:host|domain|server)(?: or domain)?(?: name)?[^\n]{0,80}(?:unknown|not found|non-?existent)
        (?:host|domain|server)(?: or domain)?(?: name)?[^\n]{0,80}does(?:n't| not) exist
        (?:unknown|no such|unrout(?:e)?able|illegal|invalid|bad) (?:mail )?(?:host|domain)|illegal host/domain
        couldn't find any host|nxdomain|domain name not found|unroutable|host or domain name not found
        """),
    FailureReason.DISABLED: _any_of(r"""
        (?:account|user|mailbox|recipient|address)[^\n]{0,40}(?:disabled|suspend|inactive|deactivated)
        (?:account|user|mailbox|recipient|address)[^\n]{0,40}(?:locked|expired|frozen)
        (?:account|user|mailbox|recipient|address)[^\n]{0,40}(?:not active|discontinued|cancel+ed|terminated|closed)
        (?:disabled|suspended|inactive|deactivated|locked|frozen|expired) (?:account|user|mailbox|recipient|address)
        """),
    FailureReason.UNKNOWN_ADDRESS: _any_of(r"""
        (?:user|recipient|mailbox|address|account|name|alias)[^\n]{0,100}?(?:unknown|no longer|invalid|unavailable)
        (?:user|recipient|mailbox|address|account|name|alias)[^\n]{0,100}?(?:rejected|no such|undefined|not known)
        (?:user|recipient|mailbox|address|account|name|alias)[^\n]{0,100}?(?:does(?:n't| not) (?:exist|have))
        (?:user|recipient|mailbox|address|account|name|alias)[^\n]{0,100}?not (?:be )?(?:found|valid|a valid|listed)
        (?:user|recipient|mailbox|address|account|name|alias)[^\n]{0,100}?not (?:recogni[sz]ed|local|registered)
        (?:unknown|invalid|no such|non-?existent|bad|illegal|incorrect|no valid) (?:\w+ ){0,2}(?:user|recipient|mailbox)
        (?:unknown|invalid|no such|bad|illegal|incorrect) (?:\w+ ){0,2}(?:address|account|name|local[- ]part)
        no (?:mailbox|account|user|one|recipient)s? |mailbox (?:not|name not)|can'?t (?:find|create)|could not be found
        there is no (?:one|user|mailbox|such)|chkus|whose mailbox|wasn't found|not our customer
        宛先不明|存在しません|見つかりません|не существует|не найден|не зарегистрирован|n'existe pas|inconnu
        unbekannt|existiert nicht|no existe|desconocid|non esiste|sconosciuto|não existe|nie istnieje|不存在
        """),
    FailureReason.UNREACHABLE: _any_of(r"""
        (?:connection|conversation|operation|session|attempt)[^\n]{0,60}(?:timed? ?out|refused|lost|reset|dropped)
        timed? ?out|could not (?:be )?(?:connect|reach)|(?:un|not )reachable|no route to host|retry (?:time|timeout)
        too long|expired|not been able to|delayed|still being retried|in the queue|will be retried|temporar|deferred
        max(?:imum)? hop|mail loop|loops? back|name service error|name server reply|try(?: again)? later
        """),
}

# What RFC 3463 and RFC 7505 give a number of its own.
_STATUSES: Final = {
    "1.1": FailureReason.UNKNOWN_ADDRESS,
    "1.2": FailureReason.UNKNOWN_HOST,
    "1.3": FailureReason.UNKNOWN_ADDRESS,
    "1.6": FailureReason.MOVED,
    "1.7": FailureReason.REFUSED,
    "1.8": FailureReason.REFUSED,
    "1.10": FailureReason.TAKES_NO_MAIL,
    "2.1": FailureReason.DISABLED,
    "2.2": FailureReason.MAILBOX_FULL,
    "2.3": FailureReason.TOO_LARGE,
    "3.2": FailureReason.TAKES_NO_MAIL,
    "3.4": FailureReason.TOO_LARGE,
    "4.1": FailureReason.UNREACHABLE,
    "4.4": FailureReason.UNKNOWN_HOST,
    "4.6": FailureReason.UNREACHABLE,
    "4.7": FailureReason.UNREACHABLE,
    "7.1": FailureReason.REFUSED,
}
_SURE: Final = frozenset({"1.1", "1.2", "1.3", "1.6", "1.7", "1.8", "1.10", "2.2"})
"""Numbers that say more than words, except words about room or the sender."""

_BEFORE_STATUS: Final = (FailureReason.MAILBOX_FULL, FailureReason.TOO_LARGE, FailureReason.REFUSED)

_RECIPIENT_COMMAND: Final = _any_of(r"""
    \brcpt\b|does not like recipient|rejected recipient|recipient address rejected|in virtual (?:mailbox|alias) table
    not listed in|recipient name is not recogni[sz]ed|no valid recipients|in local recipient table|address lookup failed
    not found in (?:the )?(?:directory|domino)|bad-mailbox|doesn't have a \S{1,80} account|domino
    addressee unknown|unrouteable address|all relevant mx
    """)
_GONE: Final = frozenset({FailureReason.UNKNOWN_HOST, FailureReason.MOVED, FailureReason.TAKES_NO_MAIL})


def reason_of(diagnostic: str, status: str) -> FailureReason:
    """Why a mail did not arrive, from the words of the server and its status ("5.1.1")."""
    text = diagnostic[:MAX_DIAGNOSTIC_CHARS]
    by_status = _STATUSES.get(status[2:], FailureReason.OTHER)
    if status[:1] == "5" and status[2:] in _SURE:
        told = (reason for reason in _BEFORE_STATUS if _WORDS[reason].search(text))
        return next(told, by_status)
    said = next((reason for reason, words in _WORDS.items() if words.search(text)), FailureReason.OTHER)
    return by_status if said is FailureReason.OTHER else said


def is_permanent(reason: FailureReason, status: str, said: str) -> bool:
    """Whether it is useless to send anything to that address again.

    "No such user" is believed where it answers the recipient's address, or with a status that says so:
    filters that look at the content hide behind the same words.
    """
    if reason in _GONE:
        return True
    if reason is not FailureReason.UNKNOWN_ADDRESS:
        return False
    return status in _UNKNOWN_STATUSES or _RECIPIENT_COMMAND.search(said[:MAX_DIAGNOSTIC_CHARS]) is not None


_UNKNOWN_STATUSES: Final = frozenset({"5.1.0", "5.1.1", "5.1.3", "5.1.4", "5.4.1"})
