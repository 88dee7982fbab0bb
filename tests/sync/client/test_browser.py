"""Signing in with a browser, as a client sees it: against the real server, and against everything else that comes."""

import queue
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from agent_desktop.domain.errors import InputError
from sync.client.address import ServerAddress
from sync.client.browser import CANCELLED, NO_BROWSER_THERE, NOT_SIGNED_IN, TOO_LATE, BrowserSignIn
from sync.protocol.messages import DeviceFacts, Hello, SignedIn
from tests.sync.client.lying_server import lying
from tests.sync.client.test_http import HELLO, encoded, problem
from tests.sync.server.browser import PATIENCE, Browser
from tests.team_server import ANNA, PASSWORD, RunningServer, team_server

FACTS = DeviceFacts(name="Laptop", os="Plan 9", version="1.0")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with team_server(tmp_path) as server:
        yield server


class Waiting:
    """A client that waits for a browser."""

    def __init__(self, url: str, seconds: float = PATIENCE, new_password: bool = False) -> None:
        self._opened: queue.Queue[str] = queue.Queue()
        self.attempt = BrowserSignIn(
            ServerAddress.parse(url), FACTS, ANNA, self._opened.put, seconds, new_password
        )
        self._pool = ThreadPoolExecutor(1)
        self.result: Future[tuple[Hello, SignedIn]] = self._pool.submit(self.attempt.run)

    @property
    def page(self) -> str:
        """What the browser is to open."""
        return self._opened.get(timeout=PATIENCE)

    def refusal(self) -> str:
        """Why it did not work, in words."""
        with pytest.raises(InputError) as caught:
            self.result.result(PATIENCE)
        return str(caught.value)

    def close(self) -> None:
        self.attempt.cancel()
        self._pool.shutdown()


@pytest.fixture
def waiting(server: RunningServer) -> Iterator[Waiting]:
    waiting = Waiting(server.url)
    yield waiting
    waiting.close()


def back(page: str, **changes: str) -> str:
    """Where a browser would come back to, with these values."""
    asked = dict(parse_qsl(urlsplit(page).query))
    values = {"state": asked["state"], **changes}
    query = "&".join(f"{name}={value}" for name, value in values.items())
    return f"{asked['redirect_uri']}?{query}"


def get(url: str) -> requests.Response:
    return requests.get(url, timeout=PATIENCE, allow_redirects=False)


def test_a_person_signs_in_and_the_browser_keeps_no_code(server: RunningServer, waiting: Waiting) -> None:
    page = waiting.page
    assert page.startswith(f"{server.url}/oauth/authorize?")
    asked = dict(parse_qsl(urlsplit(page).query))
    assert asked["redirect_uri"].startswith("http://127.0.0.1:")
    assert (asked["login_hint"], asked["os"]) == (ANNA, "Plan 9")
    browser = Browser(server.url)
    browser.get(page)
    browser.password(ANNA, PASSWORD)
    answer = get(browser.answer.headers["Location"])
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{server.url}/oauth/done")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "You are signed in" in get(answer.headers["Location"]).text
    hello, signed_in = waiting.result.result(PATIENCE)
    assert hello.workspace == "Lighthouse"
    assert (signed_in.user_id, signed_in.email) == (server.users[ANNA], ANNA)
    assert signed_in.refresh_token.startswith("ad_rt_")
    with pytest.raises(requests.ConnectionError):
        get(browser.answer.headers["Location"])  # nobody listens any more
    browser.close()


def test_what_does_not_bring_the_answer_gets_nothing_and_holds_nothing_up(
    server: RunningServer, waiting: Waiting
) -> None:
    page = waiting.page
    place = urlsplit(dict(parse_qsl(urlsplit(page).query))["redirect_uri"])
    assert place.port is not None
    ahead = socket.create_connection(("127.0.0.1", place.port))  # as browsers do
    for wrong in (
        back(page, state="another", code="x"),
        back(page).replace("/cb", "/favicon.ico"),
        back(page) + "&state=twice",
        f"http://127.0.0.1:{place.port}/",
    ):
        assert get(wrong).status_code == 404
    assert requests.post(back(page, code="x"), timeout=PATIENCE).status_code == 404
    garbage = socket.create_connection(("127.0.0.1", place.port))
    garbage.sendall(b"\x16\x03\x01" + b"\xff" * 20_000)
    assert not waiting.result.done()
    browser = Browser(server.url)
    browser.get(page)
    browser.password(ANNA, PASSWORD)
    get(browser.answer.headers["Location"])
    waiting.result.result(PATIENCE)
    for one in (ahead, garbage, browser):
        one.close()


def test_it_listens_on_this_computer_alone(waiting: Waiting) -> None:
    place = urlsplit(dict(parse_qsl(urlsplit(waiting.page).query))["redirect_uri"])
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)} - {"127.0.0.1", "::1"}
    for address in others:
        if not str(address).startswith("127."):
            with pytest.raises(OSError, match="refused"):
                socket.create_connection((str(address), place.port or 0), timeout=PATIENCE)


@pytest.mark.parametrize("iss", ["", "https://evil.example", "http://127.0.0.1:1"])
def test_an_answer_of_another_server_is_none(waiting: Waiting, iss: str) -> None:
    get(back(waiting.page, code="stolen", iss=iss))
    assert waiting.refusal() == NOT_SIGNED_IN


def test_a_code_that_nobody_gave_signs_nobody_in(server: RunningServer, waiting: Waiting) -> None:
    get(back(waiting.page, code="invented", iss=server.url))
    assert "Sign in again" in waiting.refusal()
    assert server.devices(ANNA) == 0


def test_another_password_is_offered_to_who_wants_one(server: RunningServer) -> None:
    with closing(Waiting(server.url, new_password=True)) as waiting, closing(Browser(server.url)) as browser:
        browser.get(waiting.page)
        assert 'name="new_password" value="yes" checked' in browser.answer.text


def test_cancelled_in_the_browser(server: RunningServer, waiting: Waiting) -> None:
    get(back(waiting.page, error="access_denied", iss=server.url))
    assert waiting.refusal() == CANCELLED


def test_cancelled_in_the_program(waiting: Waiting) -> None:
    assert waiting.page
    waiting.attempt.cancel()
    assert waiting.refusal() == CANCELLED


def test_nobody_waits_for_ever(server: RunningServer) -> None:
    waiting = Waiting(server.url, seconds=0.05)
    assert waiting.page
    assert waiting.refusal() == TOO_LATE
    waiting.close()


def test_an_older_server_asks_for_the_password() -> None:
    with lying(encoded(HELLO), problem("404 Not Found")) as older:
        waiting = Waiting(older.url)
        assert waiting.refusal() == NO_BROWSER_THERE
        waiting.close()


def test_a_server_that_is_away_is_said_and_no_browser_opened() -> None:
    opened: list[str] = []
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = ServerAddress.parse(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        attempt = BrowserSignIn(address, FACTS, "", opened.append)
        with pytest.raises(InputError, match="No server answers"):
            attempt.run()
    assert opened == []
