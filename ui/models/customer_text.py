"""What is known about a customer, as lines and rows. Free of Qt widgets."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from agent_desktop.domain.conversation import Status
from agent_desktop.domain.customer import Customer
from agent_desktop.services.customers import CustomerProfile, CustomerRow, HistoryItem
from ui.models.channel_icons import CHANNEL_ICONS
from ui.models.inbox_row_text import ChipText, age_text
from ui.models.moment_text import clock_text, date_text
from ui.models.row_look import RowLook, Run, one_line
from ui.models.timeline_text import STATUS_WORDS, channel_title
from ui.tokens import ChipTone, ColorRole

NO_SUBJECT = "(no subject)"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number under which stands what it counts."""

    value: str
    label: str


def since_text(customer: Customer, now: datetime) -> str:
    """Since when, where, and what time it is there: "Customer since 2022 · Ljubljana 14:12"."""
    clock = clock_text(customer.time_zone, now)
    place = " ".join(part for part in (one_line(customer.location), clock) if part)
    return " · ".join(part for part in (f"Customer since {customer.created_at.year}", place) if part)


def figures(profile: CustomerProfile, now: datetime) -> tuple[Figure, Figure, Figure]:
    """How many conversations, how many are open, and how long ago the last one moved."""
    count = profile.conversation_count
    last = age_text(profile.history[0].last_message_at, now) if profile.history else "–"
    return (
        Figure(f"{count:,}", "conversation" if count == 1 else "conversations"),
        Figure(f"{profile.open_count:,}", "open"),
        Figure(last, "last contact"),
    )


def detail_lines(profile: CustomerProfile) -> tuple[tuple[str, str], ...]:
    """Label and value of everything known, in a fixed order; what is unknown is left out."""
    customer = profile.customer
    lines = [
        (channel_title(identity.kind), one_line(identity.display or identity.address))
        for identity in profile.identities
    ]
    organization = profile.organization.name if profile.organization else ""
    lines += [
        ("Organisation", one_line(organization)),
        ("Language", one_line(customer.language)),
        *((one_line(detail.label), one_line(detail.value)) for detail in customer.details),
        ("Note", customer.note.strip()),
    ]
    return tuple((label, value) for label, value in lines if value)


def history_look(item: HistoryItem, now: datetime, zone: tzinfo | None = None) -> RowLook:
    """One conversation of the history: "Call about delivery … Mar 2 · solved"."""
    subject = one_line(item.subject) or NO_SUBJECT
    status = STATUS_WORDS[Status(item.status)].text.lower()
    day = date_text(item.last_message_at, now, zone)
    return RowLook(
        key=item.conversation_id,
        title=(Run(subject),),
        sentence=f"{channel_title(item.channel_kind)}, {subject}, {day}, {status}",
        icon=CHANNEL_ICONS[item.channel_kind],
        trailing=(Run(f"{day} · {_SHORT.get(Status(item.status), status)}", ColorRole.TEXT_3),),
    )


_SHORT = {Status.PENDING: "waiting"}


def customer_look(row: CustomerRow) -> RowLook:
    """One customer in a list."""
    name = one_line(row.name) or "Unknown customer"
    below = " · ".join(part for part in (one_line(row.address), one_line(row.location)) if part)
    return RowLook(
        key=row.id,
        title=(Run(name, strong=True),),
        sentence=", ".join(part for part in (name, below, row.tier) if part),
        avatar_name=name,
        lines=((Run(below or "No address", ColorRole.TEXT_2),),),
        chips=(ChipText(one_line(row.tier), ChipTone.ACCENT),) if row.tier.strip() else (),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is known about two customers, side by side."""

    label: str
    left: str
    right: str

    @property
    def differs(self) -> bool:
        """Whether the two say different things."""
        return self.left != self.right


def differences(left: CustomerProfile, right: CustomerProfile) -> tuple[Difference, ...]:
    """Everything known about either, by label; what neither has is left out."""
    sides = [dict(_joined(profile)) for profile in (left, right)]
    labels = dict.fromkeys([*sides[0], *sides[1]])
    return tuple(Difference(label, sides[0].get(label, ""), sides[1].get(label, "")) for label in labels)


def _joined(profile: CustomerProfile) -> list[tuple[str, str]]:
    """Lines of which no two have the same label; several values of one stand below each other."""
    customer, values = profile.customer, dict[str, list[str]]()
    lines = [
        ("Name", one_line(customer.name)),
        ("Tier", one_line(customer.tier)),
        ("Location", one_line(customer.location)),
        *detail_lines(profile),
        ("Conversations", f"{profile.conversation_count:,}"),
    ]
    for label, value in lines:
        if value:
            values.setdefault(label, []).append(value)
    return [(label, "\n".join(found)) for label, found in values.items()]
