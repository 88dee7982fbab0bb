"""All rows of the demo workspace, deterministic for a seed, in batches, fast enough for a million conversations."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime, timedelta
from operator import itemgetter
from random import Random

from agent_desktop.demo.active import Plan, plan_active
from agent_desktop.demo.company import FIRST_NUMBER, VERSION, Company
from agent_desktop.demo.content import Content, Language, Scenario, Template, Turn
from agent_desktop.demo.files import DemoFile, all_files
from agent_desktop.demo.front import Front, FrontPlay
from agent_desktop.demo.people import People, Person
from agent_desktop.demo.threads import Cast, Stage, Thread, moment_of, new_id, times_of, turns_of, values_of
from agent_desktop.demo.times import HOUR, SPAN, arrivals
from agent_desktop.domain.conversation import ACTIVE, Conversation, ReadMarker
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.conversation import read_marker_id
from agent_desktop.domain.rows import Entity, user_scope
from agent_desktop.domain.workspace import Channel, ChannelKind, User

BATCH = 5_000
_MOST_ACTIVE = 2_500


class DemoGenerator:
    """The workspace of one seed as it is at one moment, with a given number of conversations.

    Rows come in the order of time: a conversation first, then, once nothing older can follow, its messages.
    """

    def __init__(self, seed: int, conversations: int, now: datetime) -> None:
        self._seed = seed
        self._count = max(0, conversations)
        self._now = now
        self.company = Company(seed)
        self._front = Front(self.company)

    @property
    def user_id(self) -> Id:
        """The user that the demo is signed in as."""
        return self.company.me.id

    @property
    def workspace_id(self) -> Id:
        """The id of the workspace row."""
        return self.company.id("workspace", "workspace")

    def files(self) -> Iterator[DemoFile]:
        """The content of every blob that a row names."""
        return all_files(self._front.file_names())

    def batches(self) -> Iterator[list[Entity]]:
        """The rows of everything, some thousands at a time."""
        founded_at = self._now - timedelta(seconds=SPAN + 30 * 24 * HOUR)
        batch = self.company.rows(founded_at, FIRST_NUMBER + self._count)
        if self._count:
            batch += self._front.customer_rows(self._now)
        yield batch
        yield from _Play(self._seed, self._count, self._now, self.company, self._front).batches()


class _Play:
    """One run through all conversations."""

    def __init__(self, seed: int, count: int, now: datetime, company: Company, front: Front) -> None:
        self._random = Random(seed)  # noqa: S311 - invented people, no secrets
        self._now = now
        self._company = company
        self._content = Content()
        self._people = People(company, self._random, front.addresses())
        self._stage = Stage(company, self._random)
        self._plays = front.plays(now, count)
        active = min(40 + count * 35 // 1000, _MOST_ACTIVE, (count - len(self._plays)) // 3)
        self._plans = plan_active(active, self._content, now, self._random)
        self._history = count - len(self._plays) - active
        self._count = count
        self._regulars = self._seats(front)
        self._scope = user_scope(company.me.id)
        self._assigned = {
            user.id: Turn("e", False, "", Template(f"Assigned to {user.name}"))
            for user in company.users.values()
        }

    def _seats(self, front: Front) -> dict[int, Person]:
        """Which conversations of the history belong to customers of the front."""
        seats: dict[int, Person] = {}
        for regular in front.regulars():
            person = Person(
                regular.customer_id, regular.name, regular.name.split(" ")[0], "en", 0, regular.email,
                "London", "Mill Lane 4", "GB-10412", "", "", "",
            )  # fmt: skip
            for place in range(regular.history):
                wanted = int(self._history * (place + 0.2 + self._random.random() * 0.6) / regular.history)
                while wanted in seats:
                    wanted += 1
                if wanted < self._history:
                    seats[wanted] = person
        return seats

    def batches(self) -> Iterator[list[Entity]]:
        """The rows of all conversations."""
        batch: list[Entity] = []
        waiting: list[tuple[datetime, Entity]] = []
        for number, (created, source) in enumerate(self._in_order(), FIRST_NUMBER):
            thread, is_read = self._thread(created, source, number, batch)
            batch.append(thread.conversation)
            if is_read:
                batch.append(self._marker(thread.conversation))
            for message, files in thread.said:
                waiting.append((message.created_at, message))
                if files:
                    waiting += [(message.created_at, file) for file in files]
            if len(waiting) >= BATCH:
                waiting = _release(waiting, thread.conversation.created_at, batch)
            if len(batch) >= BATCH:
                yield batch
                batch = []
        _release(waiting, None, batch)
        yield batch

    def _in_order(self) -> Iterator[tuple[int, Plan | FrontPlay | int]]:
        """When each conversation began, and what it is made from: a plan, the front, or its place in history."""
        special: list[tuple[int, Plan | FrontPlay | int]] = [(plan.created, plan) for plan in self._plans]
        special += [(int(play.created_at.timestamp()), play) for play in self._plays]
        special.sort(key=itemgetter(0))
        end = int(self._now.timestamp()) - HOUR // 2
        # A random source of its own: what is drawn between two arrivals must not depend on the arrivals.
        times = arrivals(self._history, end - SPAN, end, Random(self._count))  # noqa: S311 - see above
        next_special = 0
        for place, created in enumerate(times):
            while next_special < len(special) and special[next_special][0] <= created:
                yield special[next_special]
                next_special += 1
            yield created, place
        yield from special[next_special:]

    def _thread(
        self, created: int, source: Plan | FrontPlay | int, number: int, batch: list[Entity]
    ) -> tuple[Thread, bool]:
        """One conversation, and whether it has been read. Rows of new customers go straight into the batch."""
        if isinstance(source, FrontPlay):
            thread = source.thread(number)
            is_over = thread.conversation.status not in ACTIVE
            return thread, source.is_read or is_over or thread.conversation.preview_out
        share = (number - FIRST_NUMBER) / self._count
        if isinstance(source, Plan):
            return self._unfinished(source, number, share, batch), source.is_read
        return self._finished(created, source, number, share, batch), True

    def _finished(self, created: int, place: int, number: int, share: float, batch: list[Entity]) -> Thread:
        random = self._random
        regular = self._regulars.get(place)
        language = self._content.languages[0] if regular else self._content.choice.pick(random)
        scenario = language.choice.pick(random)
        while regular and scenario.sender:
            scenario = language.choice.pick(random)
        kind = ChannelKind.EMAIL if regular else scenario.channels.pick(random)
        cast = self._cast(language, scenario, kind, created, batch, regular)
        turns = turns_of(scenario, random, None)
        answer = next((place for place, turn in enumerate(turns) if turn.who in "ao"), None)
        if answer is not None and random.random() < 0.5:
            turns.insert(answer, self._assigned[cast.agent.id])
        times = times_of(turns, kind, created, random)
        latest = int(self._now.timestamp()) - 60
        if times[-1] > latest:  # what began lately was solved fast
            pace = (latest - created) / (times[-1] - created)
            times = [created + int((time - created) * pace) for time in times]
        values = values_of(cast, self._company, created, share, random)
        return self._stage.play(cast, turns, times, values, number=number, assignee=cast.agent)

    def _unfinished(self, plan: Plan, number: int, share: float, batch: list[Entity]) -> Thread:
        cast = self._cast(plan.language, plan.scenario, plan.kind, plan.created, batch, None)
        if cast.agent is self._company.me:  # her list is the front, written by hand
            cast.agent = self._company.users["aoife"]
        return self._stage.play(
            cast,
            plan.turns,
            plan.times,
            values_of(cast, self._company, plan.created, share, self._random),
            number=number,
            status=plan.status,
            assignee=cast.agent if plan.assigned else None,
            snoozed_until=plan.snoozed_until,
            more_tags=plan.more_tags,
        )

    def _cast(
        self,
        language: Language,
        scenario: Scenario,
        kind: ChannelKind,
        created: int,
        batch: list[Entity],
        regular: Person | None,
    ) -> Cast:
        random, moment, rows = self._random, moment_of(created), list[Entity]()
        if regular is not None:
            person = regular
        elif scenario.sender is not None:
            customer_id = new_id(created * 1000 - 2, random)
            person, rows = self._people.sender(*scenario.sender, moment, customer_id)
        else:
            customer_id = new_id(created * 1000 - 2, random)
            person, rows = self._people.somebody(language, kind, moment, customer_id, scenario.for_companies)
        batch += rows
        agent = self._company.agent_for(scenario.team, language.code, random)
        colleague = self._company.agent_for(scenario.team, "", random)
        return Cast(scenario, language, person, self._channel(language, scenario, kind), agent, colleague)

    def _channel(self, language: Language, scenario: Scenario, kind: ChannelKind) -> Channel:
        if kind is ChannelKind.EMAIL and language.code == "de":
            return self._company.channels["email-de"]
        if kind is ChannelKind.EMAIL and scenario.team == "billing" and self._random.random() < 0.6:
            return self._company.channels["email-billing"]
        return self._company.channel_of[kind]

    def _marker(self, conversation: Conversation) -> ReadMarker:
        me: User = self._company.me
        return ReadMarker(
            id=read_marker_id(me.id, conversation.id),
            ver=VERSION,
            scope=self._scope,
            conversation_id=conversation.id,
            user_id=me.id,
            read_at=conversation.last_message_at,
        )


def _release(
    waiting: list[tuple[datetime, Entity]], before: datetime | None, batch: list[Entity]
) -> list[tuple[datetime, Entity]]:
    """Move what is older than `before` (everything, without it) to the batch in order; the rest is returned."""
    waiting.sort(key=itemgetter(0))
    end = len(waiting)
    if before is not None:
        end = bisect_left(waiting, before, key=itemgetter(0))
    batch += [row for _, row in waiting[:end]]
    return waiting[end:]
