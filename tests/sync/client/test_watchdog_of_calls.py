"""How long a call may take grows with what moves, and ends with the call."""

from contextlib import closing
from types import SimpleNamespace

import msgspec
import pytest

from sync.client.address import ServerAddress
from sync.client.http import Allowance, Http, _Watchdog
from sync.client.sockets import OpenSockets
from sync.client.transport import HttpTransport
from tests.sync.client.lying_server import answer, lying
from tests.sync.client.test_http import PULL, TOKEN


def test_who_sends_much_steadily_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    body, now = msgspec.json.encode(PULL) + b" " * 1_200_000, [0.0]

    class Watched(_Watchdog):
        def moved(self, length: int) -> None:
            super().moved(length)
            now[0] += length / 20_000
            self._timer.cancel()
            self._ring()

    monkeypatch.setattr("sync.client.http.time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr("sync.client.http._Watchdog", Watched)
    allowance = Allowance(whole=20, bytes_per_second=16_384)
    with (
        lying(answer(body)) as server,
        closing(Http(ServerAddress.parse(server.url), lambda: TOKEN, allowance)) as http,
    ):
        assert HttpTransport(http).pull("c1", "e1", 3) == PULL
    assert now[0] > 20


def test_a_call_that_is_over_has_no_other_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[str] = []
    sockets = OpenSockets()
    monkeypatch.setattr(sockets, "cut", lambda: cut.append("the next call"))
    watchdog = _Watchdog(sockets, 60.0, 1)
    with watchdog:
        watchdog._until = 0.0
    watchdog._ring()  # it had begun to when the call ended
    assert cut == []
    assert not watchdog.expired
