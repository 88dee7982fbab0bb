"""The status line says how this device stands to the server, in words."""

from datetime import UTC, datetime, timedelta

import pytest
from pytestqt.qtbot import QtBot

from agent_desktop.services.sync_status import SyncState, SyncStatus
from tests.ui.amelia import Amelia
from tests.ui.conftest import Room
from ui.tokens import ColorRole
from ui.viewmodels.sync_status import Pace, StatusWords, SyncStatusViewModel, status_words

NOW = datetime(2025, 3, 3, 14, 0, tzinfo=UTC)


def words(total: int | None = None, **status: object) -> StatusWords:
    values: dict[str, object] = {"state": SyncState.IN_SYNC, "since": NOW, **status}
    return status_words(SyncStatus(**values), total, NOW, UTC)  # type: ignore[arg-type]  # as the test names them


def test_in_sync() -> None:
    said = words(48_213, last_change_at=NOW - timedelta(seconds=2))
    assert said.state == "In sync"
    assert said.last_change == "Last change 2 s ago"
    assert said.on_device == "48,213 conversations on this device"
    assert said.waiting == ""


def test_offline_is_no_reason_to_stop() -> None:
    said = words(state=SyncState.OFFLINE, since=NOW - timedelta(minutes=2), waiting=3)
    assert said.state == "Offline since 13:58 — you can keep working"
    assert said.tone is ColorRole.WARN
    assert said.waiting == "3 changes waiting to send"


def test_one_change_is_one() -> None:
    assert words(1, waiting=1).waiting == "1 change waiting to send"
    assert words(1).on_device == "1 conversation on this device"


def test_a_problem_is_said() -> None:
    said = words(problem="The server needs a newer version. Update Agent Desktop.")
    assert said.state.startswith("The server needs")
    assert said.tone is ColorRole.DANGER


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(minutes=2), ""),
        (timedelta(minutes=-2), ""),
        (timedelta(minutes=5), "This computer's clock is 5 min behind the server's"),
        (timedelta(hours=-2), "This computer's clock is 2 h ahead of the server's"),
    ],
)
def test_a_clock_that_is_wrong_is_said(ahead: timedelta, said: str) -> None:
    assert words(server_ahead=ahead).clock == said


def test_signing_in_is_asked_for() -> None:
    said = words(state=SyncState.REFUSED, sign_in=True, problem="The server does not know this computer.")
    assert (said.state, said.tone, said.sign_in) == ("Sign in again", ColorRole.WARN, True)


def test_what_keeps_it_offline_is_said_with_the_time() -> None:
    said = words(
        state=SyncState.OFFLINE, since=NOW - timedelta(minutes=2), problem="A sign-in page answered."
    )
    assert said.state == "Offline since 13:58 — A sign-in page answered."
    assert not said.sign_in


def test_a_first_sync_says_how_far_it_is_and_how_long_it_takes() -> None:
    assert words(state=SyncState.CATCHING_UP).state == "Catching up"
    pace = Pace()

    def at(seconds: int, done: int) -> str:
        status = SyncStatus(SyncState.CATCHING_UP, NOW, done=done, total=5_310)
        now = NOW + timedelta(seconds=seconds)
        return status_words(status, None, now, UTC, pace.left(status, now)).state

    assert at(0, 0) == "Catching up 0 of 5,310"
    assert at(1, 30) == "Catching up 30 of 5,310"
    assert at(40, 1_204) == "Catching up 1,204 of 5,310 · about 2 min left"
    assert at(170, 5_000) == "Catching up 5,000 of 5,310 · less than a minute left"
    assert at(171, 5_310) == "Catching up"
    assert at(500, 10) == "Catching up 10 of 5,310"


def test_what_is_shown_while_everything_is_fetched_anew_is_called_what_it_is() -> None:
    def said(done: int, total: int) -> str:
        status = SyncStatus(SyncState.CATCHING_UP, NOW, done=done, total=total, anew=True)
        return status_words(status, None, NOW, UTC).state

    assert said(0, 0) == "Comparing everything with the server"
    assert said(1_204, 5_310) == "Comparing everything with the server: 1,204 of 5,310"


@pytest.mark.parametrize(
    ("span", "ago"),
    [
        (timedelta(seconds=-5), "0 s ago"),
        (timedelta(seconds=59), "59 s ago"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=30), "1 d ago"),
    ],
)
def test_ages(span: timedelta, ago: str) -> None:
    assert words(last_change_at=NOW - span).last_change == f"Last change {ago}"


def test_it_follows_the_connection(room: Room, qtbot: QtBot) -> None:
    context = room.context
    status = SyncStatusViewModel(context.desk, context.tasks, context.changes, context.sync_changes)
    status.count()
    assert status.words.on_device == "0 conversations on this device"
    with qtbot.waitSignal(status.changed):
        status.set_online(False)
    assert not status.online
    assert status.words.state.startswith("Offline")
    status.set_online(True)
    room.world.desk.sync.exchange()
    assert status.online


def test_what_needs_a_decision_is_counted_as_it_comes_and_goes(room: Room) -> None:
    context, amelia = room.context, Amelia(room.world)
    status = SyncStatusViewModel(context.desk, context.tasks, context.changes, context.sync_changes)
    status.count()
    assert status.words.attention == 0
    amelia.is_answered(blindly=True)
    context.desk.sync.exchange()
    assert status.words.attention == 1
    (item,) = context.desk.outbox.items()
    assert item.message_id is not None
    context.desk.composer.discard(item.message_id)
    assert status.words.attention == 0
