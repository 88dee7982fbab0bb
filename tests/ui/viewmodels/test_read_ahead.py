"""Reading ahead: quick when it may be, and never older than what reading would find."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from agent_desktop.domain.changes import Change, ChangeSet
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.rows import Entity
from agent_desktop.services.conversation import ConversationCard, TimelinePage
from tests.factories import an_id, make_conversation, make_customer, make_message, make_user
from ui.relay import Relay
from ui.tasks import Failed, Tasks
from ui.viewmodels.read_ahead import Found, ReadAhead

IDS = tuple(an_id(name) for name in ("one", "two", "three", "four", "five", "six"))


class SlowTasks(Tasks):
    """Reads look at the store when they are told to, and come back when they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, Callable[[], object], Callable[[object], None], Failed | None]] = []
        self.done: list[tuple[int, Callable[[], None]]] = []
        self.serial = 0

    def read(self, work, then, failed=None, key=None):  # type: ignore[no-untyped-def]  # that of Tasks
        self.serial += 1
        self.asked.append((self.serial, work, then, failed))

    def cancel(self, key: object) -> None:
        self.serial += 1

    def look(self) -> None:
        """Read for whoever asked first."""
        if self.asked:
            serial, work, then, failed = self.asked.pop(0)
            try:
                result = work()
            except InputError as problem:
                refused = problem
                self.done.append((serial, lambda: failed(refused) if failed else None))
            else:
                self.done.append((serial, lambda: then(result)))

    def deliver(self) -> None:
        """Bring back what was read first, unless somebody does not want it any more."""
        if self.done:
            serial, tell = self.done.pop(0)
            if serial == self.serial:
                tell()


class Store:
    """Numbers that count the changes of conversations; what is read is told apart by them."""

    def __init__(self) -> None:
        self.versions = dict.fromkeys(IDS, 0)
        self.everywhere = 0
        self.broken = False

    def find(self, conversation_id: Id) -> Found:
        if self.broken:
            raise InputError("It cannot be read.")
        subject = f"{self.versions[conversation_id]} {self.everywhere}"
        conversation = make_conversation(id=conversation_id, subject=subject)
        card = ConversationCard(conversation, make_customer(), None, None, None, None)
        return card, TimelinePage((), more=False)

    def change(self, conversation_id: Id, by_message: bool) -> ChangeSet:
        self.versions[conversation_id] += 1
        row: Entity = make_conversation(id=conversation_id)
        if by_message:
            row = make_message(conversation_id=conversation_id)
        return ChangeSet((Change(type(row), row.id, None, row),))

    def change_all(self, bulk: bool) -> ChangeSet:
        self.everywhere += 1
        user = make_user()
        return ChangeSet(bulk=True) if bulk else ChangeSet((Change(type(user), user.id, user, user),))


def subject(found: Found) -> str:
    assert found[0] is not None
    return found[0].conversation.subject


EVENTS = st.one_of(
    st.tuples(st.just("want"), st.lists(st.sampled_from(IDS), max_size=6)),
    st.tuples(st.just("point"), st.sampled_from(IDS)),
    st.tuples(st.just("look"), st.none()),
    st.tuples(st.just("deliver"), st.none()),
    st.tuples(st.just("commit"), st.tuples(st.sampled_from(IDS), st.booleans())),
    st.tuples(st.just("commit all"), st.booleans()),
    st.tuples(st.just("tell"), st.none()),
    st.tuples(st.just("quiet"), st.none()),
    st.tuples(st.just("take"), st.sampled_from(IDS)),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(EVENTS, max_size=40))
def test_nothing_comes_out_that_a_change_has_made_old(qapp: object, events: list[tuple[str, object]]) -> None:
    """Changes are committed, and told of later; only what was told of must be in what is taken."""
    store, tasks, changes = Store(), SlowTasks(), Relay()
    ahead = ReadAhead(store.find, tasks, changes)
    untold: list[ChangeSet] = []
    told = (dict(store.versions), 0)
    marks: list[tuple[dict[Id, int], int]] = []
    for name, what in events:
        match name, what:
            case "want", list(ids):
                ahead.want(ids)
            case "point", str(one):
                ahead.want_first(one)
            case "look", _:
                tasks.look()
            case "deliver", _:
                tasks.deliver()
            case "commit", (str(one), bool(by_message)):
                untold.append(store.change(one, by_message))
                marks.append((dict(store.versions), store.everywhere))
            case "commit all", bool(bulk):
                untold.append(store.change_all(bulk))
                marks.append((dict(store.versions), store.everywhere))
            case "tell", _ if untold:
                changes.received.emit(untold.pop(0))
                told = marks.pop(0)
            case "quiet", _:
                ahead._again.stop()
                ahead._read_next()
            case "take", str(one):
                found = ahead.take(one)
                if found is not None:
                    own, everywhere = map(int, subject(found).split())
                    assert own >= told[0][one]
                    assert everywhere >= told[1]
        assert len(ahead.known) <= 4


def test_reads_the_likeliest_first_and_one_at_a_time(qapp: object) -> None:
    tasks = SlowTasks()
    ahead = ReadAhead(Store().find, tasks, Relay())
    ahead.want(IDS[:3])
    assert len(tasks.asked) == 1
    tasks.look()
    tasks.deliver()
    assert ahead.known == IDS[:1]
    ahead.want_first(IDS[4])
    for _ in range(4):
        tasks.look()
        tasks.deliver()
    assert set(ahead.known) == {*IDS[:3], IDS[4]}
    assert ahead.is_done


def test_what_was_taken_is_read_anew_the_next_time(qapp: object) -> None:
    store, tasks = Store(), SlowTasks()
    ahead = ReadAhead(store.find, tasks, Relay())
    ahead.want(IDS[:1])
    tasks.look()
    tasks.deliver()
    assert ahead.take(IDS[0]) is not None
    assert ahead.take(IDS[0]) is None


def test_a_change_is_read_again_when_it_is_quiet(qapp: object, qtbot: QtBot) -> None:
    store, tasks, changes = Store(), SlowTasks(), Relay()
    ahead = ReadAhead(store.find, tasks, changes)
    ahead.want(IDS[:1])
    tasks.look()
    tasks.deliver()
    changes.received.emit(store.change(IDS[0], by_message=True))
    assert ahead.look(IDS[0]) is None
    qtbot.waitUntil(lambda: bool(tasks.asked))
    tasks.look()
    tasks.deliver()
    found = ahead.look(IDS[0])
    assert found is not None
    assert subject(found) == "1 0"


def test_what_cannot_be_read_is_left_to_whoever_opens_it(qapp: object) -> None:
    store, tasks = Store(), SlowTasks()
    ahead = ReadAhead(store.find, tasks, Relay())
    store.broken = True
    ahead.want(IDS[:2])
    for _ in range(3):
        tasks.look()
        tasks.deliver()
    assert ahead.is_done
    assert ahead.known == ()
