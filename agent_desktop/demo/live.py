"""Customers who keep writing while the demo is open: new questions, and more from those who wait for an answer."""

from datetime import datetime
from random import Random

from agent_desktop.demo.company import Company
from agent_desktop.demo.content import Content, Language, Scenario
from agent_desktop.demo.front import Front, FrontThread
from agent_desktop.demo.people import People, Person
from agent_desktop.demo.threads import SUBJECT_PREFIX, Cast, Stage, values_of
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.message import MessageKind
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import AddIdentity, Address, CreateCustomer
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.records import Record
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.workspace import ChannelKind

Arrivals = tuple[float, tuple[Record, ...]]
"""Seconds until the next event, and what happens now."""

_FIRST_WAIT, _SHORTEST_WAIT, _LONGEST_WAIT = 4.0, 8.0, 55.0

_SERIALS, _SERIALS_IN_USE = 900_000, 90_000
"""Whoever opens the demo again meets other newcomers: their numbers begin with the minute of opening."""

_NUDGES: dict[str, tuple[str, ...]] = {
    "kettle": (
        "Any news? I can also pick up a kettle in town if that is easier.",
        "Thank you for looking into it!",
    ),
    "checkout": ("are you still there? 🙂", "I tried another card now, same message"),
    "installation": ("The builders just said that Friday would work as well", "👍"),
    "toaster-ar": ("شكرا! هل تحتاجون صورة أخرى؟",),
    "live-adaeze": ("I could also drive to the shop in the evening", "it is the hob with four zones"),
    "unassigned-marco2": ("hello?",),
    "coffeehouse": ("Er ist da und schon fleißig. Danke!",),
    "benoit": ("Un mot de vous me rassurerait, merci !",),
}
"""What customers of the front add while nobody answers."""


class LiveCustomers:
    """Decides who writes next, deterministic for a seed and the times at which it is asked."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed ^ 0x11FE)  # noqa: S311 - invented people, no secrets
        self._seed = seed
        self._company = Company(seed)
        self._content = Content()
        self._people: People | None = None
        self._stage = Stage(self._company, self._random)
        self._nudges = [
            (thread, text)
            for thread in Front(self._company).threads()
            for text in _NUDGES.get(thread.key, ())
        ]
        self._count = 0

    def next_event(self, now: datetime) -> Arrivals:
        """What arrives now, as operations of the system in order, and when to ask again."""
        self._count += 1
        if self._people is None:
            self._people = People(
                self._company, self._random, (), _SERIALS + int(now.timestamp()) // 60 % _SERIALS_IN_USE
            )
            return _FIRST_WAIT, ()
        draw = self._random.random()
        wait = _SHORTEST_WAIT + draw * draw * (_LONGEST_WAIT - _SHORTEST_WAIT)
        if self._nudges and self._random.random() < 0.35:
            return wait, (self._nudge(now),)
        return wait, self._newcomer(now, self._people)

    def _id(self, now: datetime, kind: str) -> Id:
        return derived_id(now, "live", str(self._seed), str(self._count), kind)

    def _nudge(self, now: datetime) -> Record:
        thread, text = self._nudges.pop(int(self._random.random() * len(self._nudges)))
        return self._received(now, thread, text)

    def _received(self, now: datetime, thread: FrontThread, text: str) -> ReceiveMessage:
        return ReceiveMessage(
            conversation_id=thread.conversation_id,
            message_id=self._id(now, "message"),
            customer_id=thread.customer_id,
            channel_id=thread.channel_id,
            text=text,
            sent_at=now,
        )

    def _newcomer(self, now: datetime, people: People) -> tuple[Record, ...]:
        """A first message of a new conversation, of somebody new or of somebody who came while it is live."""
        random, (language, scenario, kind) = self._random, self._choice()
        person, rows = people.somebody(language, kind, now, self._id(now, "customer"), scenario.for_companies)
        agent = self._company.agent_for(scenario.team, language.code, random)
        cast = Cast(scenario, language, person, self._company.channel_of[kind], agent, agent)
        if kind is ChannelKind.EMAIL and language.code == "de":
            cast.channel = self._company.channels["email-de"]
        values = values_of(cast, self._company, int(now.timestamp()), 1.0, random)
        turn = scenario.turns[0]
        text = turn.text.fill(random, values)
        if turn.who == "c" and kind in (ChannelKind.EMAIL, ChannelKind.PORTAL):
            text = self._stage.letter(text, "c", cast, values)
        subject = scenario.subjects[int(random.random() * len(scenario.subjects))].fill(random, values)
        conversation_id = self._id(now, "conversation")
        return (
            *_made(rows, person),
            CreateConversation(
                conversation_id=conversation_id,
                customer_id=person.id,
                channel_id=cast.channel.id,
                subject=SUBJECT_PREFIX.get(kind, "") + subject,
                team_id=self._company.team_id(scenario.team),
                priority=scenario.priority,
                tags=scenario.tags,
            ),
            ReceiveMessage(
                conversation_id=conversation_id,
                message_id=self._id(now, "message"),
                customer_id=person.id,
                channel_id=cast.channel.id,
                text=text,
                sent_at=now,
                subject=subject if kind is ChannelKind.EMAIL else "",
                sender=f"{person.name} <{person.address(kind)}>" if kind is ChannelKind.EMAIL else "",
                kind=MessageKind.CALL if turn.who == "v" else MessageKind.REPLY,
            ),
        )

    def _choice(self) -> tuple[Language, Scenario, ChannelKind]:
        language = self._content.choice.pick(self._random)
        scenario = language.choice.pick(self._random)
        while scenario.sender:
            scenario = language.choice.pick(self._random)
        return language, scenario, scenario.channels.pick(self._random)


def _made(rows: list[Entity], person: Person) -> list[Record]:
    """The operations that make these rows of a customer."""
    identities = [Address(kind=row.kind, address=row.display) for row in rows if isinstance(row, Identity)]
    for row in rows:
        if isinstance(row, Customer):
            return [
                CreateCustomer(
                    customer_id=row.id,
                    name=row.name,
                    addresses=tuple(identities),
                    organization=person.company,
                    tier=row.tier,
                    language=row.language,
                    location=row.location,
                    time_zone=row.time_zone,
                    details=row.details,
                )
            ]
    return [AddIdentity(customer_id=person.id, address=address) for address in identities]
