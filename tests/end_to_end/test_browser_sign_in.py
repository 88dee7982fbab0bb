"""A person signs in with a real browser: every page, cookie, policy and way back as browsers really take them."""

import json
from base64 import b32decode
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from agent_desktop.domain.errors import InputError
from sync.client.address import ServerAddress
from sync.client.browser import CANCELLED, BrowserSignIn
from sync.protocol.messages import DeviceFacts, Hello, SignedIn
from sync.server.oauth.company import CompanyProvider, CompanySignIn
from tests.browser import Browser, NotInstalled, Page
from tests.factories import ANNA
from tests.sync.files import TEMPLATES
from tests.sync.server.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider
from tests.sync.server.team import PASSWORD, Team, running
from tests.sync.server.test_authorize import app_code, enrolled

pytestmark = pytest.mark.peer

PATIENCE = 120
"""A browser on a busy machine."""
FACTS = DeviceFacts(name="Anna's laptop", os="Plan 9", version="1.0")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        browser = Browser()
    except NotInstalled as error:
        pytest.skip(str(error))
    with browser:
        yield browser


class Scene:
    """A server of a team whose company has a provider, a page of a browser, and a program that waits for it."""

    def __init__(self, team: Team, here: Provider, page: Page) -> None:
        self.team, self.provider, self.page = team, here, page
        own = CompanyProvider(
            issuer=here.url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, name="Contoso"
        )
        team.services.company = CompanySignIn(own, team.address, team.database, team.clock)
        team.accounts.set_password(ANNA.id, PASSWORD)
        self._pool = ThreadPoolExecutor(1)

    def begin(self) -> "Future[tuple[Hello, SignedIn]]":
        """The program opens its page."""
        address: Future[str] = Future()
        self.attempt = BrowserSignIn(
            ServerAddress.parse(self.team.address), FACTS, ANNA.email, address.set_result, PATIENCE
        )
        result = self._pool.submit(self.attempt.run)
        self.page.open(address.result(PATIENCE))
        return result

    def says(self) -> str:
        """The text of the page."""
        return str(self.page.evaluate("document.body.innerText"))

    def press(self, button: str) -> None:
        """Press the button or link with this text."""
        self.page.follow(
            "[...document.querySelectorAll('button, a.button')]"
            f".find(one => one.innerText.trim() === {json.dumps(button)}).click()"
        )

    def type_password(self, password: str = PASSWORD) -> None:
        self.page.type("#password", password)
        self.press("Sign in")

    def close(self) -> None:
        if hasattr(self, "attempt"):
            self.attempt.cancel()
        self._pool.shutdown()


@pytest.fixture
def scene(browser: Browser, tmp_path: Path) -> Iterator[Scene]:
    page = browser.page()
    with (
        provider() as here,
        running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team,
    ):
        scene = Scene(team, here, page)
        yield scene
        scene.close()
    page.close()


def is_done(scene: Scene, result: "Future[tuple[Hello, SignedIn]]") -> bool:
    """Whether the program has tokens for Anna, and the browser has nothing of them."""
    _, signed_in = result.result(PATIENCE)
    assert "You are signed in to Lighthouse" in scene.says()
    assert scene.page.evaluate("location.href") == f"{scene.team.address}/oauth/done"
    return signed_in.user_id == ANNA.id and scene.team.accounts.session(signed_in.token) is not None


def test_a_wrong_password_and_then_the_right_one(scene: Scene) -> None:
    result = scene.begin()
    assert "Anna's laptop" in scene.says()
    scene.type_password("wrong")
    assert not result.done()
    scene.type_password()
    assert is_done(scene, result)


def test_a_second_factor_is_set_up_with_a_picture_and_its_recovery_codes_are_shown(scene: Scene) -> None:
    result = scene.begin()
    scene.page.evaluate("document.querySelector('[name=set_up]').click()")
    scene.type_password()
    drawn = scene.page.evaluate("document.querySelector('svg').getBoundingClientRect().width")
    assert drawn >= 100, "the picture for the app is shown"
    key = scene.page.evaluate("document.querySelector('code').innerText")
    scene.page.type("#code", app_code(b32decode(key.replace(" ", ""))))
    scene.press("Go on")
    codes = scene.page.evaluate("[...document.querySelectorAll('.codes code')].map(one => one.innerText)")
    assert len(set(codes)) == 10
    scene.press("I have kept them")
    assert is_done(scene, result)
    again = scene.begin()
    scene.type_password()
    scene.page.type("#code", codes[0])
    scene.press("Go on")
    assert is_done(scene, again)


def test_a_code_of_the_app_is_asked_for(scene: Scene) -> None:
    secret = enrolled(scene.team)
    result = scene.begin()
    scene.type_password()
    scene.page.type("#code", "000000")
    scene.press("Go on")
    assert not result.done()
    scene.page.type("#code", app_code(secret))
    scene.press("Go on")
    assert is_done(scene, result)


def test_the_account_of_the_company_is_linked_once_and_opens_from_then_on(scene: Scene) -> None:
    result = scene.begin()
    scene.press("Sign in with Contoso")
    assert "is not known here yet" in scene.says()
    scene.page.type("#email", ANNA.email)  # which is another one here than there
    scene.type_password()
    assert is_done(scene, result)
    again = scene.begin()
    scene.press("Sign in with Contoso")
    assert is_done(scene, again)


def test_who_cancels_is_sent_back_and_nobody_is_signed_in(scene: Scene) -> None:
    result = scene.begin()
    scene.press("Cancel")
    with pytest.raises(InputError) as stopped:
        result.result(PATIENCE)
    assert stopped.value.sentence == CANCELLED


def test_the_pages_run_no_script(scene: Scene) -> None:
    result = scene.begin()
    scene.page.evaluate(
        "{ const one = document.createElement('script'); one.textContent = 'window.ran = 1';"
        " document.body.append(one); }"
    )
    assert scene.page.evaluate("window.ran === undefined")
    scene.attempt.cancel()
    with pytest.raises(InputError):
        result.result(PATIENCE)
