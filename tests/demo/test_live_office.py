"""While the demo is live a colleague comes, looks, answers and goes again, and customers write as without them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from agent_desktop.demo.company import Company
from agent_desktop.demo.live import LiveCustomers
from agent_desktop.demo.live_office import LiveOffice
from agent_desktop.domain.ids import Id
from agent_desktop.domain.presence import Activity
from agent_desktop.services.presence import LASTS

NOW = datetime(2025, 3, 12, 10, 5, tzinfo=UTC)


def test_a_colleague_is_heard_often_enough_not_to_be_forgotten() -> None:
    office, now = LiveOffice(3), NOW
    heard: list[tuple[datetime, Id, Id, Activity]] = []
    office.hear = lambda *sign: heard.append((now, *sign))
    while now < NOW + timedelta(minutes=10):
        wait, _ = office.next_event(now)
        assert timedelta(seconds=wait) < LASTS
        now += timedelta(seconds=wait)
    assert {activity for *_, activity in heard} == set(Activity)
    assert {user for _, user, _, _ in heard}.isdisjoint({Company(3).me.id})
    for before, after in pairwise(heard):
        gone = before[3] is Activity.AWAY
        assert gone or (after[2] == before[2] and after[0] - before[0] < LASTS)


def test_customers_write_as_they_would_without_colleagues() -> None:
    met: list[tuple[datetime, int]] = []
    office, now = LiveOffice(3), NOW
    while len(met) < 5:
        wait, arriving = office.next_event(now)
        met += [(now, len(arriving))] if arriving else []
        now += timedelta(seconds=wait)
    expected: list[tuple[datetime, int]] = []
    alone, now = LiveCustomers(3), NOW
    while len(expected) < 5:
        wait, arriving = alone.next_event(now)
        expected += [(now, len(arriving))] if arriving else []
        now += timedelta(seconds=wait)
    assert [count for _, count in met] == [count for _, count in expected]
    assert all(
        abs(one[0] - other[0]) < timedelta(seconds=2) for one, other in zip(met, expected, strict=True)
    )
