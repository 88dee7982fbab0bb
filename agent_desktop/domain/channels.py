"""What each kind of channel can carry: read by the composer before anything is sent, offline too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from agent_desktop.domain.mail_address import mail_address
from agent_desktop.domain.message import AttachmentFile, Delivery
from agent_desktop.domain.workspace import ChannelKind

MEGABYTE = 1_000_000
_REPORTED = frozenset({Delivery.SENT, Delivery.DELIVERED, Delivery.READ, Delivery.FAILED})
_SENT_ONLY = frozenset({Delivery.SENT, Delivery.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLimits:
    """What a kind of channel can carry.

    `may_start`: we may write first. `reply_window`: how long after the customer's last message we may answer.
    `maximum_length` 0: no written text at all. `maximum_total_bytes` is for all files together, 0: each stands alone.
    `maximum_recipients` 0: there is one, the customer. `media_bytes` are stricter limits by the first part of a media
    type.
    `delivery_states`: what the channel tells about a reply after it was sent.
    """

    title: str
    maximum_length: int
    may_start: bool
    maximum_file_bytes: int
    maximum_total_bytes: int = 0
    maximum_recipients: int = 0
    reply_window: timedelta | None = None
    media_bytes: Mapping[str, int] = field(default_factory=dict)
    formatting: bool = False
    delivery_states: frozenset[Delivery] = _SENT_ONLY


LIMITS: dict[ChannelKind, ChannelLimits] = {
    ChannelKind.EMAIL: ChannelLimits(
        title="E-mail",
        maximum_length=25_000,
        may_start=True,
        # Encoded for mail a file grows by a third; the large providers take messages of 25 MB.
        maximum_file_bytes=18 * MEGABYTE,
        maximum_total_bytes=18 * MEGABYTE,
        maximum_recipients=100,
        formatting=True,
    ),
    ChannelKind.CHAT: ChannelLimits(
        title="Chat",
        maximum_length=10_000,
        may_start=False,
        maximum_file_bytes=40 * MEGABYTE,
        formatting=True,
        delivery_states=_REPORTED,
    ),
    ChannelKind.PHONE: ChannelLimits(
        title="Phone", maximum_length=0, may_start=True, maximum_file_bytes=0, delivery_states=frozenset()
    ),
    ChannelKind.SMS: ChannelLimits(
        title="SMS", maximum_length=320, may_start=True, maximum_file_bytes=5 * MEGABYTE
    ),
    ChannelKind.WHATSAPP: ChannelLimits(
        title="WhatsApp",
        maximum_length=4_096,
        may_start=False,
        reply_window=timedelta(hours=24),
        maximum_file_bytes=100 * MEGABYTE,
        media_bytes={"image": 5 * MEGABYTE, "audio": 16 * MEGABYTE, "video": 16 * MEGABYTE},
        delivery_states=_REPORTED,
    ),
    # Several networks share this kind; these are the limits that all of them keep.
    ChannelKind.SOCIAL: ChannelLimits(
        title="Social media",
        maximum_length=1_000,
        may_start=False,
        reply_window=timedelta(hours=24),
        maximum_file_bytes=25 * MEGABYTE,
        media_bytes={"image": 8 * MEGABYTE},
        delivery_states=frozenset({Delivery.SENT, Delivery.DELIVERED, Delivery.FAILED}),
    ),
    ChannelKind.PORTAL: ChannelLimits(
        title="Portal",
        maximum_length=10_000,
        may_start=True,
        maximum_file_bytes=40 * MEGABYTE,
        formatting=True,
        delivery_states=_REPORTED,
    ),
}


LARGEST_FILE = max(limits.maximum_file_bytes for limits in LIMITS.values())
"""What is too large for every channel is too large for a note, too; a server takes as much."""

_REACHED_BY: dict[ChannelKind, tuple[ChannelKind, ...]] = {
    ChannelKind.SMS: (ChannelKind.SMS, ChannelKind.PHONE),
    ChannelKind.WHATSAPP: (ChannelKind.WHATSAPP, ChannelKind.PHONE),
    ChannelKind.PHONE: (ChannelKind.PHONE, ChannelKind.SMS),
    ChannelKind.PORTAL: (ChannelKind.PORTAL, ChannelKind.EMAIL),
}


def reached_by(kind: ChannelKind) -> tuple[ChannelKind, ...]:
    """The kinds of address that reach a customer on a kind of channel, the best first."""
    return _REACHED_BY.get(kind, (kind,))


def window_left(kind: ChannelKind, last_in_at: datetime | None, now: datetime) -> timedelta | None:
    """How long the customer can still be answered, not below zero; None when there is no such limit."""
    window = LIMITS[kind].reply_window
    if window is None or last_in_at is None:
        return None
    return max(timedelta(), last_in_at + window - now)


def problems(
    kind: ChannelKind,
    text: str,
    files: Sequence[AttachmentFile],
    last_in_at: datetime | None,
    now: datetime,
) -> tuple[str, ...]:
    """Why this reply cannot be sent on this kind of channel, in sentences; empty when it can.

    For a reply to be sent later, `now` is that time.
    """
    limits = LIMITS[kind]
    found = []
    if not limits.maximum_length:
        found.append(f"{limits.title} carries no written reply. Choose another channel, or write a note.")
    elif len(text) > limits.maximum_length:
        over = len(text) - limits.maximum_length
        found.append(f"{limits.title} takes {limits.maximum_length:,} characters; this is {over:,} too long.")
    if last_in_at is None and not limits.may_start:
        found.append(f"On {limits.title} the customer must write first.")
    if limits.reply_window is not None and window_left(kind, last_in_at, now) == timedelta():
        hours = limits.reply_window // timedelta(hours=1)
        found.append(
            f"{limits.title} lets us answer for {hours} hours after the customer's last message; that time is over."
            " Choose another channel."
        )
    too_large = [sentence for file in files if (sentence := _too_large(limits, file))]
    found += too_large
    together, most = sum(file.size for file in files), limits.maximum_total_bytes
    if most and together > most and not too_large:
        found.append(
            f"The files are {together / MEGABYTE:.1f} MB together; {limits.title} takes up to {most // MEGABYTE} MB."
            " Send some of them in another message."
        )
    return tuple(found)


def recipient_problems(
    kind: ChannelKind, to: Sequence[str], cc: Sequence[str] = (), bcc: Sequence[str] = ()
) -> tuple[str, ...]:
    """Why a reply cannot go to these on this kind of channel, in sentences; empty when it can."""
    limits = LIMITS[kind]
    if not limits.maximum_recipients:
        return ()
    everybody = dict.fromkeys((*to, *cc, *bcc))
    if not everybody:
        return ("This reply has no recipient. Say whom it is for.",)
    found = [f"“{address}” is no e-mail address." for address in everybody if mail_address(address) is None]
    if len(everybody) > limits.maximum_recipients:
        found.append(
            f"{limits.title} takes up to {limits.maximum_recipients} recipients; these are {len(everybody):,}."
        )
    return tuple(found)


def _too_large(limits: ChannelLimits, file: AttachmentFile) -> str:
    media = file.media_type.partition("/")[0].lower()
    allowed = limits.media_bytes.get(media, limits.maximum_file_bytes)
    if file.size <= allowed:
        return ""
    if not allowed:
        return f"{limits.title} carries no files."
    return f"“{file.name}” is {file.size / MEGABYTE:.1f} MB; {limits.title} takes up to {allowed // MEGABYTE} MB."
