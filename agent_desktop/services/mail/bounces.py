"""Reads what mail servers say about mails of ours: not delivered, delayed, delivered, or called spam.

Understands the reports of RFC 3464 (delivery) and RFC 5965 (abuse).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.services.mail.addresses import Address, parse_addresses
from agent_desktop.services.mail.bounce_reasons import FailureReason, is_permanent, reason_of
from agent_desktop.services.mail.bounce_text import (
    FAILURE_SUBJECT,
    FAILURE_TEXT,
    MAX_RECIPIENTS,
    SERVER_WORDS,
    failed_recipients,
    reply_code_of,
    split_notice,
    status_of,
    words_about,
)
from agent_desktop.services.mail.content import Body, ParsedAttachment
from agent_desktop.services.mail.headers import Headers, parse_message_ids
from agent_desktop.services.mail.kinds import has_empty_path, is_away_subject, is_daemon
from agent_desktop.services.mail.names import clean_line
from agent_desktop.services.mail.structure import read_structure

MAX_COPY_BYTES: Final = 64 * 1024
MAX_SHOWN_CHARS: Final = 1_000
ACTIONS: Final = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_XTEXT: Final = re.compile(r"\+([0-9A-F]{2})")
_STATUS_FIELD: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of one of our mails for one of its recipients.

    `action` is that of RFC 3464 (failed, delayed, delivered, relayed, expanded) or "complained" for an
    abuse report. `status` is the code of RFC 3463 ("5.1.1"), `reply_code` that of SMTP ("550"),
    `diagnostic` the words of the server; each "" where it says none. `permanent` means that the
    address itself is no good: sending anything there again is useless, while other failures may pass.
    `original_message_id` stands without angle brackets. `original_recipient` and `envelope_id` are
    what the sender called the recipient and the mail (RFC 3461), where the report says so.
    """

    recipient: str
    action: str
    status: str
    reply_code: str
    diagnostic: str
    permanent: bool
    original_message_id: str
    reason: FailureReason
    original_recipient: str = ""
    envelope_id: str = ""


_DELIVERY_STATUS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_FEEDBACK: Final = frozenset({"message/feedback-report"})
_COPIES: Final = frozenset(
    {
        "message/rfc822",
        "message/global",
        "message/partial",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    }
)
_COMPLAINT_SUBJECT: Final = re.compile(
    r"complaint about message from|e-?mail (?:abuse|feedback) report", re.IGNORECASE
)


_NOTIFICATION: Final = re.compile(r'\s*\{"(?:notification|event)Type"\s*:\s*"(?:Bounce|Complaint)"')
"""A report as JSON, as a large sending service writes them."""


def read_reports(
    headers: Headers, from_: Address, report_type: str, body: Body
) -> tuple[MailKind | None, tuple[DeliveryReport, ...]]:
    """Tell whether a mail is a report about mails of ours, and what it reports; None if it is no report."""
    kind = _kind_of_report(headers, from_, report_type, body)
    if kind is MailKind.BOUNCE:
        return kind, tuple(_delivery_reports(headers, body))
    if kind is MailKind.ABUSE_REPORT:
        return kind, tuple(_complaints(headers, body))
    return None, ()


def _kind_of_report(headers: Headers, from_: Address, report_type: str, body: Body) -> MailKind | None:
    types = {file.media_type for file in body.attachments}
    subject = headers.text("subject")[:MAX_SHOWN_CHARS]
    if types & _FEEDBACK or report_type == "feedback-report":
        return MailKind.ABUSE_REPORT
    if types & _DELIVERY_STATUS or report_type == "delivery-status" or "x-failed-recipients" in headers:
        return MailKind.BOUNCE
    if _NOTIFICATION.match(body.text):
        return MailKind.BOUNCE if '"Bounce"' in body.text[:200] else MailKind.ABUSE_REPORT
    if subject == "unsubscribe" and headers.raw("auto-submitted").startswith("auto-"):
        return MailKind.ABUSE_REPORT  # what mail programs send for those who press "unsubscribe"
    if report_type == "disposition-notification" or is_away_subject(subject):
        return None
    daemon = is_daemon(from_.address, from_.name)
    unanswered = daemon or has_empty_path(headers) or not from_.address
    failed_subject = FAILURE_SUBJECT.match(subject) is not None
    if not unanswered and not failed_subject:
        return None
    notice, copy = split_notice(body.text)
    failed_text = FAILURE_TEXT.search(notice) is not None
    if _COMPLAINT_SUBJECT.search(subject) and unanswered and types & _COPIES:
        return MailKind.ABUSE_REPORT
    if unanswered:
        signs = daemon + failed_subject + failed_text + bool(copy or types & _COPIES)
        return MailKind.BOUNCE if signs >= 2 and (failed_subject or failed_text) else None
    return MailKind.BOUNCE if failed_text and SERVER_WORDS.search(notice) else None


@dataclass(frozen=True, slots=True)
class _Original:
    """What a report says about the mail of ours that it is about."""

    message_id: str
    recipients: tuple[str, ...]


def _original(headers: Headers, body: Body, copy: str) -> _Original:
    for file in body.attachments:
        if file.media_type in _COPIES:
            return _original_of(_headers_in(file.content), headers)
    return _original_of(_headers_in(copy.partition("\n")[2].lstrip().encode("utf-8", "replace")), headers)


def _original_of(copied: Headers, headers: Headers) -> _Original:
    ids = parse_message_ids(copied.raw("message-id")) or parse_message_ids(headers.raw("in-reply-to"))
    ids = ids or parse_message_ids(headers.raw("references"))[-1:]
    to, _ = parse_addresses(copied.all("to"))
    return _Original(ids[0] if ids else "", tuple(one.address for one in to if "@" in one.address))


def _headers_in(content: bytes) -> Headers:
    return read_structure(content[:MAX_COPY_BYTES]).root.headers


def _delivery_reports(headers: Headers, body: Body) -> Iterator[DeliveryReport]:
    notice, copy = split_notice(body.text)
    original = _original(headers, body, copy)
    writer = next((one.address for one in parse_addresses(headers.all("to"))[0]), "")
    told = [
        fields for file in body.attachments if file.media_type in _DELIVERY_STATUS for fields in _blocks(file)
    ]
    envelope_id = next(
        (fields["original-envelope-id"] for fields in told if "original-envelope-id" in fields), ""
    )
    told = [fields for fields in told if _recipient_of(fields)][:MAX_RECIPIENTS]
    if told:
        recipients = [_recipient_of(fields) for fields in told]
    else:
        recipients = [
            one.address for one in parse_addresses(headers.all("x-failed-recipients"))[0] if one.address
        ]
        recipients = recipients or failed_recipients(notice, writer) or list(original.recipients) or [""]
        recipients = recipients[:MAX_RECIPIENTS]
    words = words_about(notice, recipients)
    for place, (recipient, around) in enumerate(zip(recipients, words, strict=True)):
        report = _report(recipient, told[place] if told else {}, around, original.message_id)
        yield replace(report, envelope_id=_plain(envelope_id)) if envelope_id else report


def _report(recipient: str, fields: Mapping[str, str], around: str, message_id: str) -> DeliveryReport:
    kind, semicolon, words = fields.get("diagnostic-code", "").partition(";")
    said = (words if semicolon else kind).strip()
    action = fields.get("action", "").partition(";")[0].strip().lower()
    told = _STATUS_FIELD.search(fields.get("status", ""))
    status = _status(told[0] if told else "", said, around)
    if action not in ACTIONS:
        action = "delivered" if status.startswith("2") else "delayed" if status.startswith("4") else "failed"
    category = fields.get("x-powermta-bouncecategory", "")
    reason = FailureReason.OTHER
    if action in {"failed", "delayed"}:
        reason = reason_of(f"{said} {category}" if said else around, status)
        if reason is FailureReason.OTHER:
            reason = reason_of(around, status)
    return DeliveryReport(
        recipient=recipient,
        action=action,
        status=status,
        reply_code=reply_code_of(said) or reply_code_of(around),
        diagnostic=clean_line(said or around)[:MAX_SHOWN_CHARS],
        permanent=action == "failed" and is_permanent(reason, status, f"{said}\n{category}\n{around}"),
        original_message_id=message_id,
        reason=reason,
        original_recipient=_plain(fields.get("original-recipient", "").partition(";")[2]),
    )


def _plain(xtext: str) -> str:
    """What stands behind an encoded value of RFC 3461, or the value where it is none."""
    return _XTEXT.sub(lambda found: chr(int(found[1], 16)), clean_line(xtext)[:MAX_SHOWN_CHARS].strip())


def _status(field: str, said: str, around: str) -> str:
    """The status that says most: gateways put their own before that of the server that refused."""
    for status in (status_of(said), field, status_of(around)):
        if status and not status.endswith(".0.0"):
            return status
    return field or status_of(said) or status_of(around)


def _blocks(file: ParsedAttachment) -> Iterator[dict[str, str]]:
    """The groups of fields of a delivery status; the first is about the whole mail, each other about a recipient."""
    content = file.content[:MAX_COPY_BYTES].replace(b"\r\n", b"\n").strip()
    for block in re.split(rb"\n[ \t]*\n", content)[: MAX_RECIPIENTS + 1]:
        headers = read_structure(block).root.headers
        yield {name: headers.text(name) for name, _ in headers.fields}


def _recipient_of(fields: Mapping[str, str]) -> str:
    for name in ("final-recipient", "original-recipient"):
        value = fields.get(name, "")
        found, _ = parse_addresses(value.partition(";")[2] or value)
        if found and (found[0].address or found[0].name):
            return found[0].address or found[0].name
    return ""


def _complaints(headers: Headers, body: Body) -> Iterator[DeliveryReport]:
    """One for each address that called a mail of ours spam; providers often hide it."""
    original = _original(headers, body, split_notice(body.text)[1])
    recipients: list[str] = []
    diagnostic = ""
    for file in body.attachments:
        if file.media_type in _FEEDBACK:
            fields = _headers_in(file.content)
            recipients += [
                one.address for one in parse_addresses(fields.all("original-rcpt-to"))[0] if one.address
            ]
            diagnostic = fields.text("feedback-type")
    for recipient in list(dict.fromkeys(recipients or original.recipients))[:MAX_RECIPIENTS] or [""]:
        yield DeliveryReport(
            recipient=recipient,
            action="complained",
            status="",
            reply_code="",
            diagnostic=diagnostic[:MAX_SHOWN_CHARS],
            permanent=False,
            original_message_id=original.message_id,
            reason=FailureReason.OTHER,
        )
