"""The keys of devices in escrow, and devices that are told to wipe themselves."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.clock import to_microseconds
from agent_desktop.domain.errors import Rejected
from sync.protocol.messages import DeviceFacts, SignedIn
from sync.protocol.orders import ORDERS_HEADER, Orders
from sync.server.audit import AuditLog
from sync.server.keys import ServerKey
from sync.server.sign_in import managed_devices
from sync.server.sign_in.device_orders import TIME_TO_SEND, DeviceOrders
from sync.server.sign_in.sign_ins import FRESH
from sync.server.workspace_rules import WorkspaceRule
from tests.factories import ANNA, BEN
from tests.lease import set_lease
from tests.sync.files import TEMPLATES
from tests.sync.server.office import Office
from tests.sync.server.team import Team, running

SECRET = bytes(range(100, 132))
SECOND = timedelta(seconds=1)


@pytest.fixture
def orders(office: Office) -> DeviceOrders:
    return DeviceOrders(office.database, office.clock, office.key, AuditLog())


def signed_in(office: Office, device_id: str | None = None) -> SignedIn:
    return office.accounts.begin(ANNA.id, DeviceFacts(name="laptop", id=device_id), method="password")


def wipe(office: Office, device_id: str) -> None:
    with office.database.write() as sql:
        managed_devices.request_wipe(sql, device_id, to_microseconds(office.clock.now()))


def test_a_key_is_given_back_to_who_signs_in_where_it_came_from(office: Office, orders: DeviceOrders) -> None:
    device = signed_in(office).device_id
    assert orders.release(ANNA.id, device) is None
    assert orders.keep(ANNA.id, device, SECRET)
    assert orders.release(ANNA.id, device) == SECRET
    office.clock.advance(FRESH + SECOND)
    assert orders.release(ANNA.id, device) is None  # whoever has stolen the token since gets nothing
    assert signed_in(office, device).device_id == device
    assert orders.release(ANNA.id, device) == SECRET
    assert orders.release(BEN.id, device) is None
    other = signed_in(office).device_id
    assert orders.release(ANNA.id, other) is None
    assert office.audited(AuditAction.KEY_ESCROWED.value) == 1
    assert office.audited(AuditAction.KEY_RELEASED.value) == 2


def test_the_database_alone_opens_no_key(office: Office, orders: DeviceOrders) -> None:
    device = signed_in(office).device_id
    orders.keep(ANNA.id, device, SECRET)
    with office.database.read() as sql:
        (stored,) = sql.execute("SELECT key_escrow FROM device WHERE device_id = ?", (device,)).fetchone()
    assert SECRET.hex() not in stored
    stranger = DeviceOrders(office.database, office.clock, ServerKey.generate(), AuditLog())
    assert stranger.release(ANNA.id, device) is None
    other = signed_in(office).device_id
    with office.database.write() as sql:  # moved to another row
        sql.execute("UPDATE device SET key_escrow = ? WHERE device_id = ?", (stored, other))
    assert orders.release(ANNA.id, other) is None


def test_a_device_that_was_signed_out_gets_no_key(office: Office, orders: DeviceOrders) -> None:
    device = signed_in(office).device_id
    orders.keep(ANNA.id, device, SECRET)
    office.accounts.revoke_device(ANNA.id, device, ANNA.id)
    assert orders.release(ANNA.id, device) is None
    assert not orders.keep(ANNA.id, device, SECRET)


def test_a_device_that_is_to_be_wiped_gets_no_key_and_says_when_it_is_done(
    office: Office, orders: DeviceOrders
) -> None:
    first = signed_in(office)
    device = first.device_id
    orders.keep(ANNA.id, device, SECRET)
    assert orders.orders(device).wipe is False
    wipe(office, device)
    session = office.accounts.session(first.token)
    assert session is not None
    assert session.to_wipe
    assert orders.release(ANNA.id, device) is None
    assert not orders.keep(ANNA.id, device, SECRET)
    told = orders.orders(device)
    assert (told.wipe, told.send_first) == (True, True)
    assert not orders.wiped(device, "0" * 64)
    assert not orders.wiped("another", told.receipt)
    for _ in range(2):
        assert orders.wiped(device, told.receipt)
    assert office.accounts.session(first.token) is None
    assert office.audited(AuditAction.WIPED.value) == 1
    with office.database.read() as sql:
        (escrow,) = sql.execute("SELECT key_escrow FROM device WHERE device_id = ?", (device,)).fetchone()
    assert escrow is None
    assert signed_in(office, device).device_id != device


def test_what_waits_may_be_sent_for_a_minute(office: Office, orders: DeviceOrders) -> None:
    device = signed_in(office).device_id
    wipe(office, device)
    office.clock.advance(timedelta(days=3))
    assert not orders.refuses(device), "it hears of it with this answer, and need not ask"
    office.clock.advance(TIME_TO_SEND)
    assert not orders.refuses(device)
    office.clock.advance(SECOND)
    assert orders.refuses(device)


def test_a_workspace_may_want_it_at_once(office: Office, orders: DeviceOrders) -> None:
    device = signed_in(office).device_id
    wipe(office, device)
    office.accounts.rules.set(WorkspaceRule.WIPE_AT_ONCE, True)
    assert orders.refuses(device)
    assert orders.orders(device).send_first is False


def test_a_lease_has_days(office: Office, orders: DeviceOrders) -> None:
    device = signed_in(office).device_id
    assert orders.orders(device).lease_days == 0
    set_lease(office.backend, 7)
    told = orders.orders(device)
    assert (told.lease_days, told.now) == (7, to_microseconds(office.clock.now()))
    for wrong in (-1, 31):
        with pytest.raises(Rejected):
            set_lease(office.backend, wrong)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        yield team


def test_over_http(team: Team) -> None:
    first = team.accounts.issue(ANNA.id, "laptop")
    caller = team.caller(first.token)
    key = {"secret": SECRET.hex()}
    assert caller.session.put(f"{team.address}/v1/device/key", json=key).status_code == 204
    assert caller.session.get(f"{team.address}/v1/device/key").json() == key
    for wrong in ("", "zz" * 32, "ab" * 31, "ab" * 33):
        answer = caller.session.put(f"{team.address}/v1/device/key", json={"secret": wrong})
        assert answer.status_code == 422, wrong
    answer = caller.session.get(f"{team.address}/v1/device/orders")
    assert ORDERS_HEADER not in answer.headers
    assert answer.json()["wipe"] is False
    team.accounts.rules.set(WorkspaceRule.WIPE_AT_ONCE, True)
    with team.database.write() as sql:
        managed_devices.request_wipe(sql, first.device_id, 1)
    team.services.tell_sessions()
    answer = caller.session.get(f"{team.address}/v1/sync/digest")
    assert (answer.status_code, answer.headers[ORDERS_HEADER]) == (403, "ask")
    assert caller.session.get(f"{team.address}/v1/device/key").status_code == 403
    told = caller.session.get(f"{team.address}/v1/device/orders").json()
    assert told["wipe"]
    nobody = team.caller(None)
    receipt = {"device_id": first.device_id, "receipt": told["receipt"]}
    wrong_one = {**receipt, "receipt": "no"}
    assert nobody.session.post(f"{team.address}/v1/device/wiped", json=wrong_one).status_code == 404
    assert nobody.session.post(f"{team.address}/v1/device/wiped", json=receipt).status_code == 204
    assert caller.session.get(f"{team.address}/v1/device/orders").status_code == 401
    assert Orders().lease_days == 0
