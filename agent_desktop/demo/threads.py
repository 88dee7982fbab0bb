"""What was said in one conversation: a scenario played by a customer and an agent, as rows. The hot path."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from agent_desktop.demo.company import VERSION, Company
from agent_desktop.demo.content import STATUS_AT_END, Language, Scenario, Turn
from agent_desktop.demo.files import FILE_NAMES, HTML_MAILS, demo_file
from agent_desktop.demo.people import Person
from agent_desktop.demo.times import DAY, HOUR, office_time
from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Conversation, Priority, Status
from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Attachment, Delivery, Direction, Message, MessageKind, preview_of
from agent_desktop.domain.sla import due_at
from agent_desktop.domain.workspace import Channel, ChannelKind, User

DELIVERY_AT_END = {
    ChannelKind.EMAIL: Delivery.SENT,
    ChannelKind.CHAT: Delivery.READ,
    ChannelKind.PHONE: Delivery.SENT,
    ChannelKind.SMS: Delivery.SENT,
    ChannelKind.WHATSAPP: Delivery.READ,
    ChannelKind.SOCIAL: Delivery.DELIVERED,
    ChannelKind.PORTAL: Delivery.SENT,
}
"""How far a reply has come when nothing went wrong."""

SUBJECT_PREFIX = {ChannelKind.CHAT: "Chat · ", ChannelKind.SMS: "SMS · "}
_LETTERS = (ChannelKind.EMAIL, ChannelKind.PORTAL)
_MINUTE = 60


def new_id(milliseconds: int, random: Random) -> Id:
    """A time-ordered id whose random part comes from the seed."""
    draw = random.getrandbits
    return f"{milliseconds:012x}7{draw(12):03x}{draw(62) | 1 << 63:016x}"


def moment_of(seconds: float) -> datetime:
    """The datetime of a number of seconds since 1970."""
    return EPOCH + timedelta(seconds=seconds)


@dataclass(slots=True)
class Cast:
    """Who plays a scenario, where."""

    scenario: Scenario
    language: Language
    person: Person
    channel: Channel
    agent: User
    colleague: User


@dataclass(slots=True)
class Thread:
    """The rows of one conversation without its read marks. `said` are message and attachments in order of time."""

    conversation: Conversation
    said: list[tuple[Message, tuple[Attachment, ...]]]


def values_of(cast: Cast, company: Company, created: int, share: float, random: Random) -> dict[str, str]:
    """What the fields of the texts stand for in this conversation."""
    chance, language, person = random.random, cast.language, cast.person
    product = company.products[int(chance() * len(company.products))]
    furniture = company.furniture[int(chance() * len(company.furniture))]
    draw = random.getrandbits(32)
    before = moment_of(created - (3 + draw % 9) * DAY)
    number = (draw >> 4) % 10_000
    month = language.months[before.month - 1]
    return {
        "name": person.name,
        "first": person.first,
        "email": person.email,
        "city": person.city or "London",
        "street": person.street,
        "postcode": person.postcode,
        "company": person.company or person.name,
        "agent": cast.agent.first_name,
        "colleague": cast.colleague.first_name,
        "product": product.name,
        "price": product.price,
        "furniture": furniture.name,
        "appliance": company.appliances[(draw >> 12) % len(company.appliances)].name,
        "order": f"10-{41_000 + int(share * 17_400) + number % 60}",
        "invoice": f"R-{before.year}-{number:05d}",
        "tracking": f"SL {number:04d} {(draw >> 16) % 10_000:04d}",
        "serial": f"SN {11 + number % 12}-{10_000 + number * 7 % 90_000}",
        "code": ("WELCOME10", "SPRING15", "THANKYOU5", "OAK20")[number % 4],
        "weekday": language.days[(draw >> 8) % 6],
        "month": month,
        "date": language.date.format(day=before.day, month=month),
    }


def turns_of(scenario: Scenario, random: Random, keep: int | None) -> list[Turn]:
    """The turns that happen: without some of the optional ones, and only the first `keep` of them if given."""
    turns = [turn for turn in scenario.turns if not turn.optional or random.random() < 0.55]
    return turns if keep is None else turns[: max(1, keep)]


def times_of(
    turns: list[Turn], kind: ChannelKind, created: int, random: Random, *, office_hours: bool = True
) -> list[int]:
    """When each turn happens, in seconds since 1970; agents answer letters while the office is open."""
    times, moment, chance = [], created, random.random
    for place, turn in enumerate(turns):
        draw = chance()
        if place:
            moment += _gap(turn.who, kind, draw * draw)
            if office_hours and turn.who in "ano" and kind is not ChannelKind.CHAT:
                moment = office_time(moment, random)
        times.append(moment)
    return times


def _gap(who: str, kind: ChannelKind, draw: float) -> int:
    if who == "e":
        return 1 + int(draw * 90)
    if kind is ChannelKind.CHAT:
        return 9 + int(draw * (120 if who == "a" else 90))
    if who == "n":
        return 3 * _MINUTE + int(draw * 2 * HOUR)
    if kind in _LETTERS:
        return 9 * _MINUTE + int(draw * (7 * HOUR if who == "a" else 26 * HOUR))
    return 2 * _MINUTE + int(draw * (50 * _MINUTE if who in "ao" else 2 * HOUR))


class Stage:
    """Turns casts, turns and times into rows."""

    def __init__(self, company: Company, random: Random) -> None:
        self._company = company
        self._random = random

    def play(
        self,
        cast: Cast,
        turns: list[Turn],
        times: list[int],
        values: Mapping[str, str],
        *,
        number: int,
        status: Status | None = None,
        assignee: User | None = None,
        snoozed_until: datetime | None = None,
        more_tags: tuple[str, ...] = (),
    ) -> Thread:
        """The conversation as it stands after these turns; without a status, the one that its last event tells."""
        random, scenario, kind = self._random, cast.scenario, cast.channel.kind
        chance = random.random
        conversation_id = new_id(times[0] * 1000 - 1, random)
        subject = scenario.subjects[int(chance() * len(scenario.subjects))].fill(random, values)
        subject = SUBJECT_PREFIX.get(kind, "") + subject
        said: list[tuple[Message, tuple[Attachment, ...]]] = []
        last_in: Message | None = None
        last_out: Message | None = None
        waiting_since: datetime | None = None
        solved_at: datetime | None = None
        end: Status | None = None
        count, before = 0, ""
        for place, turn in enumerate(turns):
            who = turn.who
            text = turn.text.fill(random, values)
            if who in "ca" and kind in _LETTERS:
                text = self.letter(text, who, cast, values)
            elif who == "a":
                text = text[:1].upper() + text[1:]
            seconds = times[place]
            created_at = moment_of(seconds + place / 1000)
            message_id = new_id(seconds * 1000 + place, random)
            files, html = self._files(turn, conversation_id, message_id, seconds)
            if who == "e":
                end = STATUS_AT_END.get(text, end)
                solved_at = created_at if end is not None else None
            quoted = ""
            if kind is ChannelKind.EMAIL and who == "c" and before and chance() < 0.35:
                quoted = "> " + before.replace("\n", "\n> ")
            message = self._message(
                who,
                cast,
                text,
                quoted,
                subject,
                conversation_id,
                message_id,
                created_at,
                len(files),
                html,
                place,
            )
            said.append((message, files))
            if who in "cv":
                last_in, count = message, count + 1
                waiting_since = waiting_since or created_at
            elif who in "ao":
                last_out, count, waiting_since, before = message, count + 1, None, text
        last = (
            last_in
            if last_out is None or (last_in and last_in.created_at > last_out.created_at)
            else last_out
        )
        status = status or end or Status.OPEN
        priority = Priority.HIGH if cast.person.tier == "VIP" else scenario.priority
        tags = scenario.tags + more_tags
        if cast.person.tier == "VIP":
            tags += ("VIP",)
        if status not in (Status.SOLVED, Status.CLOSED):
            solved_at = None
        conversation = Conversation(
            id=conversation_id,
            ver=VERSION,
            number=number,
            subject=subject,
            customer_id=cast.person.id,
            channel_id=cast.channel.id,
            status=status,
            priority=priority,
            assignee_id=assignee.id if assignee else None,
            team_id=self._company.team_id(scenario.team),
            tags=tags,
            created_at=moment_of(times[0]),
            last_message_at=last.created_at if last else moment_of(times[0]),
            last_in_id=last_in.id if last_in else None,
            last_in_at=last_in.created_at if last_in else None,
            last_out_id=last_out.id if last_out else None,
            last_out_at=last_out.created_at if last_out else None,
            waiting_since=waiting_since,
            due_at=due_at(status, priority, waiting_since),
            snoozed_until=snoozed_until,
            solved_at=solved_at,
            preview=preview_of(last.text) if last else "",
            preview_out=last is not None and last is last_out,
            message_count=count,
        )
        return Thread(conversation, said)

    def letter(self, text: str, who: str, cast: Cast, values: Mapping[str, str]) -> str:
        """The text as a mail: with a greeting and a closing."""
        random, language = self._random, cast.language
        if who == "c":
            if cast.scenario.sender:
                return text
            greetings, closings = language.customer_greetings, language.customer_closings
        else:
            named = cast.person.first[:1].isalpha()
            greetings = language.agent_greetings if named else language.agent_greetings_unnamed
            closings = language.agent_closings
        greeting = greetings[int(random.random() * len(greetings))].fill(random, values)
        closing = closings[int(random.random() * len(closings))].fill(random, values)
        return f"{greeting}\n\n{text}\n\n{closing}"

    def _files(
        self, turn: Turn, conversation_id: Id, message_id: Id, seconds: int
    ) -> tuple[tuple[Attachment, ...], str | None]:
        """The attachments of a turn, or the blob of its formatted text."""
        if not turn.file:
            return (), None
        if turn.file in HTML_MAILS:
            return (), demo_file(f"{turn.file}.html").sha256
        if self._random.random() < 0.25:
            return (), None
        names = FILE_NAMES[turn.file]
        file = demo_file(names[int(self._random.random() * len(names))])
        attachment = Attachment(
            id=new_id(seconds * 1000, self._random),
            ver=VERSION,
            message_id=message_id,
            conversation_id=conversation_id,
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            sha256=file.sha256,
        )
        return (attachment,), None

    def _message(
        self,
        who: str,
        cast: Cast,
        text: str,
        quoted: str,
        subject: str,
        conversation_id: Id,
        message_id: Id,
        created_at: datetime,
        file_count: int,
        html_blob: str | None,
        place: int,
    ) -> Message:
        channel, person, agent = cast.channel, cast.person, cast.agent
        if who in "ne":
            note = who == "n"
            return Message(
                id=message_id,
                ver=VERSION,
                conversation_id=conversation_id,
                kind=MessageKind.NOTE if note else MessageKind.EVENT,
                direction=Direction.OUT,
                created_at=created_at,
                author_id=agent.id,
                author_name=agent.name if note else "",
                text=text,
            )
        incoming = who in "cv"
        mail = channel.kind is ChannelKind.EMAIL
        return Message(
            id=message_id,
            ver=VERSION,
            conversation_id=conversation_id,
            kind=MessageKind.CALL if who in "vo" else MessageKind.REPLY,
            direction=Direction.IN if incoming else Direction.OUT,
            created_at=created_at,
            author_id=person.id if incoming else agent.id,
            author_name=person.name if incoming else agent.name,
            channel_id=channel.id,
            subject=(f"Re: {subject}" if place else subject) if mail else "",
            text=text,
            quoted=quoted,
            sender=f"{person.name} <{person.address(channel.kind)}>" if mail and incoming else "",
            to=(channel.address if incoming else person.address(channel.kind),),
            html_blob=html_blob,
            attachment_count=file_count,
            delivery=DELIVERY_AT_END[channel.kind] if who == "a" else Delivery.NONE,
        )
