"""The conversations that a visitor sees first, written by hand, with times relative to now."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from agent_desktop.demo.company import ME, VERSION, Company
from agent_desktop.demo.files import demo_file
from agent_desktop.demo.threads import DELIVERY_AT_END, Thread
from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.customer import Customer, Detail, Identity, normalise_address
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.message import Attachment, Delivery, Direction, Message, MessageKind
from agent_desktop.domain.operations.customer import identity_id, organization_id
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.standing import with_messages
from agent_desktop.domain.workspace import Channel, ChannelKind
from resources import read_text

_KINDS = {"c": MessageKind.REPLY, "a": MessageKind.REPLY, "n": MessageKind.NOTE, "e": MessageKind.EVENT}


@cache
def _raw() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(read_text("demo/front.json"))
    return raw


@dataclass(frozen=True, slots=True)
class FrontThread:
    """Where a customer of the front writes, for those who let them write again."""

    key: str
    conversation_id: Id
    customer_id: Id
    channel_id: Id


@dataclass(frozen=True, slots=True)
class Regular:
    """A customer of the front with the number of older conversations they shall have."""

    customer_id: Id
    name: str
    email: str
    history: int


class Front:
    """The front of the company of one seed."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._customers = {item["key"]: item for item in _raw()["customers"]}

    def threads(self) -> Iterator[FrontThread]:
        """The conversations without their content."""
        for item in _raw()["conversations"]:
            yield FrontThread(
                key=item["key"],
                conversation_id=self._company.id("conversation", item["key"]),
                customer_id=self._company.id("customer", item["customer"]),
                channel_id=self._company.channels[item["channel"]].id,
            )

    def regulars(self) -> Iterator[Regular]:
        """Those of the customers who have a history and an e-mail address."""
        for key, item in self._customers.items():
            addresses = dict(reversed(item["identities"]))
            if item["history"] and "email" in addresses:
                yield Regular(
                    customer_id=self._company.id("customer", key),
                    name=item["name"],
                    email=addresses["email"],
                    history=item["history"],
                )

    def addresses(self) -> Iterator[str]:
        """All addresses of the customers."""
        for item in self._customers.values():
            yield from (address for _, address in item["identities"])

    def file_names(self) -> tuple[str, ...]:
        """The names of all files that are attached here."""
        return tuple(
            name
            for item in _raw()["conversations"]
            for message in item["messages"]
            if len(message) > 3
            for name in message[3].get("files", ())
        )

    def customer_rows(self, now: datetime) -> list[Entity]:
        """The customers and where they are reached."""
        rows: list[Entity] = []
        for key, item in self._customers.items():
            customer_id = self._company.id("customer", key)
            rows.append(
                Customer(
                    id=customer_id,
                    ver=VERSION,
                    name=item["name"],
                    created_at=now - timedelta(days=item["since_days"], hours=3),
                    organization_id=organization_id(item["organization"]) if "organization" in item else None,
                    tier=item.get("tier", ""),
                    language=item.get("language", ""),
                    location=item.get("location", ""),
                    time_zone=item.get("time_zone", ""),
                    note=item.get("note", ""),
                    details=tuple(
                        Detail(label=label, value=value) for label, value in item.get("details", ())
                    ),
                )
            )
            for kind_name, address in item["identities"]:
                kind = ChannelKind(kind_name)
                rows.append(
                    Identity(
                        id=identity_id(kind, address),
                        ver=VERSION,
                        customer_id=customer_id,
                        kind=kind,
                        address=normalise_address(kind, address),
                        display=address,
                    )
                )
        return rows

    def plays(self, now: datetime, count: int) -> list["FrontPlay"]:
        """The first `count` conversations, each knowing when it began."""
        plays = [
            FrontPlay(self._company, self._customers, item, now) for item in _raw()["conversations"][:count]
        ]
        return sorted(plays, key=lambda play: play.created_at)


class FrontPlay:
    """One conversation of the front."""

    def __init__(
        self, company: Company, customers: dict[str, dict[str, Any]], item: dict[str, Any], now: datetime
    ) -> None:
        self._company = company
        self._customer = customers[item["customer"]]
        self._item = item
        self._now = now
        self.created_at = now - timedelta(minutes=item["messages"][0][0])
        self.is_read = bool(item.get("read"))

    def thread(self, number: int) -> Thread:
        """The rows of the conversation under this number."""
        item, company = self._item, self._company
        said = [self._message(place, raw) for place, raw in enumerate(item["messages"])]
        messages = [message for message, _ in said]
        status = Status(item["status"])
        conversation = Conversation(
            id=company.id("conversation", item["key"]),
            ver=VERSION,
            number=number,
            subject=item["subject"],
            customer_id=company.id("customer", item["customer"]),
            channel_id=company.channels[item["channel"]].id,
            status=status,
            priority=Priority(item["priority"]),
            assignee_id=company.users[item["assignee"]].id if item["assignee"] else None,
            team_id=company.team_id(item["team"]),
            tags=tuple(item["tags"]),
            mentioned_ids=tuple(
                dict.fromkeys(user_id for message in messages for user_id in message.mentioned_ids)
            ),
            created_at=self.created_at,
            last_message_at=self.created_at,
            snoozed_until=self._now + timedelta(hours=item["snooze_hours"])
            if "snooze_hours" in item
            else None,
            solved_at=messages[-1].created_at if status is Status.SOLVED else None,
        )
        return Thread(with_messages(conversation, messages), said)

    def _message(self, place: int, raw: list[Any]) -> tuple[Message, tuple[Attachment, ...]]:
        minutes, who, text = raw[:3]
        more: dict[str, Any] = raw[3] if len(raw) > 3 else {}
        company, key = self._company, self._item["key"]
        channel = company.channels[more.get("channel", self._item["channel"])]
        letter, _, user_key = who.partition(":")
        incoming = letter in "cv"
        user = company.users[user_key or self._item["assignee"] or ME]
        files = tuple(
            self._attachment(f"{key}-{place}-{name}", name, company.id("message", f"{key}-{place}"))
            for name in more.get("files", ())
        )
        spoken = letter in "cvao"
        mail_kind = MailKind(more.get("mail_kind", MailKind.PERSONAL))
        message = Message(
            id=company.id("message", f"{key}-{place}"),
            ver=VERSION,
            conversation_id=company.id("conversation", key),
            kind=_KINDS.get(letter, MessageKind.CALL),
            direction=Direction.IN if incoming else Direction.OUT,
            created_at=self._now - timedelta(minutes=minutes),
            author_id=company.id("customer", self._item["customer"]) if incoming else user.id,
            author_name="" if letter == "e" else self._customer["name"] if incoming else user.name,
            channel_id=channel.id if spoken else None,
            subject=self._item["subject"] if channel.kind is ChannelKind.EMAIL and spoken else "",
            text=text,
            quoted=more.get("quoted", ""),
            to=self._to(channel, incoming) if spoken else (),
            cc=tuple(more.get("cc", ())),
            html_blob=demo_file(f"{more['html']}.html").sha256 if "html" in more else None,
            attachment_count=len(files),
            delivery=DELIVERY_AT_END[channel.kind] if letter == "a" else Delivery.NONE,
            mentioned_ids=tuple(company.users[name].id for name in more.get("mentions", ())),
            delivery_detail=more.get("detail", ""),
            sender=more.get("sender", self._sender())
            if incoming and channel.kind is ChannelKind.EMAIL
            else "",
            reply_to=more.get("reply_to", ""),
            mail_kind=mail_kind,
            automatic=mail_kind.by_program,
            authentication=more.get("authentication", ""),
        )
        return message, files

    def _sender(self) -> str:
        kinds = dict(reversed(self._customer["identities"]))
        return f"{self._customer['name']} <{kinds.get(ChannelKind.EMAIL, '')}>"

    def _to(self, channel: Channel, incoming: bool) -> tuple[str, ...]:
        if incoming:
            return (channel.address,)
        return tuple(address for kind, address in self._customer["identities"] if kind == channel.kind)[:1]

    def _attachment(self, key: str, name: str, message_id: Id) -> Attachment:
        file = demo_file(name)
        return Attachment(
            id=self._company.id("attachment", key),
            ver=VERSION,
            message_id=message_id,
            conversation_id=self._company.id("conversation", self._item["key"]),
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            sha256=file.sha256,
        )
