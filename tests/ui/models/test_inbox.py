"""The list of conversations changes under the person without moving what they look at."""

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from agent_desktop.domain.clock import ManualClock, to_microseconds
from agent_desktop.services.inbox_rows import InboxRow
from ui.models.inbox import InboxModel
from ui.models.sorted_keys import SortedKeys, difference

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


def inbox_row(pk: int, subject: str = "") -> InboxRow:
    return InboxRow(
        pk=pk,
        id=f"{pk:032x}",
        number=1000 + pk,
        customer_name="Amelia Novak",
        channel_kind="email",
        subject=subject or f"Subject {pk}",
        words="",
        words_out=False,
        last_message=to_microseconds(NOON),
        unread=False,
        status="open",
        priority="normal",
        assignee_id=None,
        due=None,
        tags_json="[]",
        has_draft=False,
        waiting_to_send=0,
        snoozed=None,
        first_reply=False,
        held=False,
    )


class Inbox:
    """A model over rows that a test lays out, with what it asked for."""

    def __init__(self, keys: Sequence[tuple[int, int]]) -> None:
        self.asked: list[list[int]] = []
        self.model = InboxModel(self.fetch, ManualClock(NOON))
        self.tester = QAbstractItemModelTester(
            self.model, QAbstractItemModelTester.FailureReportingMode.Fatal
        )
        self.model.replace(order_of(keys))

    def fetch(self, keys: Sequence[int]) -> None:
        self.asked.append(list(keys))
        self.model.store_rows(keys, [inbox_row(key) for key in keys])

    def shown(self) -> list[int]:
        return self.model.order.keys()


def order_of(keys: Sequence[tuple[int, int]]) -> SortedKeys:
    ordered = sorted(keys)
    return SortedKeys([array("q", (key[part] for key in ordered)) for part in range(2)])


@pytest.fixture
def make(qtbot: QtBot) -> Callable[[Sequence[tuple[int, int]]], Inbox]:
    return Inbox


def test_rows_are_fetched_by_the_page_and_never_inside_data(
    make: Callable[[Sequence[tuple[int, int]]], Inbox], qtbot: QtBot
) -> None:
    inbox = make([(number, number) for number in range(1, 1_001)])
    index = inbox.model.index(450, 0)
    assert inbox.model.look_at(450) is None
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Loading"
    assert inbox.asked == []
    with qtbot.waitSignal(inbox.model.dataChanged):
        pass
    assert inbox.asked == [list(range(401, 501))]
    row = inbox.model.look_at(450)
    assert row is not None
    assert row.pk == 451
    assert "Amelia Novak" in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_rows_long_out_of_sight_are_forgotten(make: Callable[[Sequence[tuple[int, int]]], Inbox]) -> None:
    inbox = make([(number, number) for number in range(1, 10_001)])
    inbox.model.store_rows([], [inbox_row(key) for key in range(1, 10_001)])
    assert inbox.model.row_of(1) is None
    assert inbox.model.row_of(10_000) is not None


def test_a_refresh_asks_only_for_what_is_in_memory(
    make: Callable[[Sequence[tuple[int, int]]], Inbox], qtbot: QtBot
) -> None:
    inbox = make([(1, 1), (2, 2)])
    inbox.model.store_rows([], [inbox_row(1)])
    inbox.model.refresh([1, 2])
    qtbot.waitUntil(lambda: bool(inbox.asked))
    assert inbox.asked == [[1]]


def test_changes_go_to_their_place(make: Callable[[Sequence[tuple[int, int]]], Inbox]) -> None:
    inbox = make([(10, 1), (20, 2), (30, 3)])
    selected = QPersistentModelIndex(inbox.model.index(2, 0))
    inbox.model.change(4, None, (15, 4), hold=False)
    assert inbox.shown() == [1, 4, 2, 3]
    inbox.model.change(3, (30, 3), (5, 3), hold=False)
    assert inbox.shown() == [3, 1, 4, 2]
    assert inbox.model.key_at(selected.row()) == 3
    inbox.model.change(1, (10, 1), None, hold=False)
    assert inbox.shown() == [3, 4, 2]
    inbox.model.change(1, (10, 1), None, hold=False)
    inbox.model.change(4, None, (15, 4), hold=False)
    assert inbox.shown() == [3, 4, 2]


def test_new_rows_above_wait_until_they_are_let_in(
    make: Callable[[Sequence[tuple[int, int]]], Inbox],
) -> None:
    inbox = make([(10, 1), (20, 2), (30, 3)])
    inbox.model.anchor = 1
    inbox.model.change(4, None, (5, 4), hold=True)
    inbox.model.change(5, None, (25, 5), hold=True)
    inbox.model.change(3, (30, 3), (1, 3), hold=True)
    assert inbox.shown() == [1, 2, 5, 3]
    assert (inbox.model.held, inbox.model.held_new) == (2, 1)
    inbox.model.change(3, (1, 3), (2, 3), hold=True)
    assert inbox.shown() == [1, 2, 5, 3]
    inbox.model.let_in()
    assert inbox.shown() == [3, 4, 1, 2, 5]
    assert inbox.model.held == 0


def test_what_is_held_can_go_again(make: Callable[[Sequence[tuple[int, int]]], Inbox]) -> None:
    inbox = make([(10, 1), (20, 2)])
    inbox.model.anchor = 1
    inbox.model.change(4, None, (5, 4), hold=True)
    inbox.model.change(2, (20, 2), (1, 2), hold=True)
    inbox.model.change(4, (5, 4), None, hold=True)
    inbox.model.change(2, (1, 2), None, hold=True)
    assert inbox.shown() == [1]
    assert inbox.model.held == 0


def test_check_marks_follow_their_rows(make: Callable[[Sequence[tuple[int, int]]], Inbox]) -> None:
    inbox = make([(10, 1), (20, 2), (30, 3)])
    first = inbox.model.index(0, 0)
    assert first.data(Qt.ItemDataRole.CheckStateRole) is None
    inbox.model.toggle_check(2)
    inbox.model.toggle_check(3)
    assert first.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    inbox.model.change(2, (20, 2), None, hold=False)
    assert inbox.model.checked == (3,)
    inbox.model.change_to(order_of([(10, 1)]), difference(inbox.model.order.parts, array("q", [1])))
    assert inbox.model.checked == ()


def test_a_row_that_says_the_same_is_no_news(
    make: Callable[[Sequence[tuple[int, int]]], Inbox], qtbot: QtBot
) -> None:
    inbox = make([(10, 1)])
    inbox.model.store_rows([1], [inbox_row(1)])
    with qtbot.assertNotEmitted(inbox.model.dataChanged):
        inbox.model.store_rows([1], [inbox_row(1)])
    with qtbot.waitSignal(inbox.model.dataChanged):
        inbox.model.store_rows(
            [1], [inbox_row(1)._replace(last_message=to_microseconds(NOON + timedelta(1)))]
        )


keys = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 30)), unique_by=lambda key: key[1], max_size=25
).map(sorted)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=keys, new=keys, kept=st.integers(0, 24), most=st.sampled_from([0, 3, 200]))
def test_any_order_becomes_any_other_and_indexes_follow(
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    old: list[tuple[int, int]],
    new: list[tuple[int, int]],
    kept: int,
    most: int,
) -> None:
    monkeypatch.setattr("ui.models.paged_table.MOST_STEPS", most)
    inbox = Inbox(old)
    wanted = order_of(new)
    cursor = QPersistentModelIndex(inbox.model.index(kept, 0)) if kept < len(old) else None
    key = old[kept][1] if kept < len(old) else None
    inbox.model.change_to(wanted, difference(inbox.model.order.parts, wanted.parts))
    assert inbox.shown() == [pk for _, pk in new]
    assert [inbox.model.order.at(position) for position in range(len(new))] == new
    if cursor is not None and cursor.isValid():
        assert inbox.model.key_at(cursor.row()) == key


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=keys,
    steps=st.lists(st.tuples(st.integers(1, 30), st.none() | st.integers(0, 9), st.booleans()), max_size=20),
    anchor=st.integers(-1, 10),
)
def test_after_letting_in_every_row_is_in_its_place(
    qtbot: QtBot,
    start: list[tuple[int, int]],
    steps: list[tuple[int, int | None, bool]],
    anchor: int,
) -> None:
    inbox = Inbox(start)
    inbox.model.anchor = anchor
    true = {pk: (rank, pk) for rank, pk in start}
    for pk, rank, hold in steps:
        old = true.pop(pk, None)
        new = None if rank is None else (rank, pk)
        if new is not None:
            true[pk] = new
        inbox.model.change(pk, old, new, hold=hold)
    inbox.model.let_in()
    assert inbox.shown() == [pk for _, pk in sorted(true.values())]
