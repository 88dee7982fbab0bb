"""Another password is chosen in the browser by who has just proved who they are, and by nobody else."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import pytest

from agent_desktop.domain.audit import AuditAction
from sync.protocol.administration import AuditQuery
from sync.protocol.messages import DeviceFacts
from sync.server.answering import CONSOLE
from sync.server.sign_in.totp import code_at
from sync.server.workspace_rules import WorkspaceRule
from tests.factories import ANNA, BEN
from tests.sync.files import TEMPLATES
from tests.sync.server.browser import Browser
from tests.sync.server.team import PASSWORD, Team, running

NEXT = "seven kettles on the roof"
SECRET = b"12345678901234567890"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        team.accounts.set_password(ANNA.id, PASSWORD)
        yield team


@pytest.fixture
def browser(team: Team) -> Iterator[Browser]:
    browser = Browser(team.address)
    yield browser
    browser.close()


def opens(team: Team, password: str) -> bool:
    return team.accounts.verified(ANNA.email, password) == ANNA.id


def changes(team: Team) -> list[str]:
    query = AuditQuery(actions=AuditAction.PASSWORD_CHANGED.value, actor=ANNA.id)
    return [line.details for line in team.backend.administration.audit(CONSOLE, query).entries]


def app_code(team: Team) -> str:
    """A code that is newer than the one of the enrolment, and good for half a minute at least."""
    return code_at(SECRET, int(team.clock.now().timestamp()) // 30 + 1)


@pytest.mark.parametrize("others", [True, False])
def test_one_chooses_another_on_the_way_and_goes_on_to_the_program(
    team: Team, browser: Browser, others: bool
) -> None:
    team.accounts.rules.set(WorkspaceRule.BROWSER_ONLY, True)
    here = team.accounts.begin(ANNA.id, DeviceFacts(name="Laptop"), method="password")
    there = team.accounts.begin(ANNA.id, DeviceFacts(name="Tablet"), method="password")
    ben = team.accounts.issue(BEN.id, "Ben's")
    heard = team.caller(there.token).listen(team.backend.hello().head)
    page = browser.open(new_password="yes", device_id=here.device_id)
    assert 'name="new_password" value="yes" checked' in page.text
    page = browser.password(ANNA.email, PASSWORD, new_password="yes")
    assert page.status_code == 200
    assert opens(team, PASSWORD)
    assert 'autocomplete="new-password"' in browser.field("password")
    found = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.text)
    assert found.get("lang") == "en"
    typed = {"password": NEXT, "again": NEXT}
    browser.submit("change", **(typed | {"others": "yes"} if others else typed))
    signed_in = browser.exchange(browser.came_back["code"]).json()
    assert signed_in["device_id"] == here.device_id
    assert (opens(team, NEXT), opens(team, PASSWORD)) == (True, False)
    assert (team.accounts.session(there.token) is None) is others
    if others:
        assert heard.next() == ("bye", {})
    heard.close()
    assert team.accounts.session(ben.token) is not None
    assert changes(team) == [f'{{"signed_out":{1 if others else 0}}}']


def test_who_did_not_ask_for_it_is_not_asked(browser: Browser) -> None:
    assert "checked" not in browser.open().text
    browser.password(ANNA.email, PASSWORD)
    assert browser.came_back["code"]


def test_one_may_keep_the_one_there_is(team: Team, browser: Browser) -> None:
    browser.open()
    browser.password(ANNA.email, PASSWORD, new_password="yes")
    browser.submit("keep")
    assert browser.came_back["code"]
    assert (opens(team, PASSWORD), changes(team)) == (True, [])


def test_a_code_is_asked_for_before(team: Team, browser: Browser) -> None:
    step = int(team.clock.now().timestamp()) // 30
    assert team.accounts.second_factors.enrol(ANNA.id, SECRET, code_at(SECRET, step)) is not None
    browser.open()
    page = browser.password(ANNA.email, PASSWORD, new_password="yes")
    assert "One more step" in page.text
    sealed = browser.hidden("code")["step"]
    for do in ("change", "keep", "done"):
        answer = browser.session.post(
            f"{team.address}/oauth/authorize",
            data={"step": sealed, "do": do, "password": NEXT, "again": NEXT},
            allow_redirects=False,
            timeout=30,
        )
        assert (answer.status_code, "Sign in again" in answer.text) == (400, True), do
    assert opens(team, PASSWORD)
    browser.submit("code", code=app_code(team))
    browser.submit("change", password=NEXT, again=NEXT, others="yes")
    assert browser.came_back["code"]
    assert len(changes(team)) == 1


def test_a_second_factor_is_set_up_first_where_both_are_wanted(team: Team, browser: Browser) -> None:
    team.accounts.rules.set(WorkspaceRule.SECOND_FACTOR, True)
    browser.open()
    page = browser.password(ANNA.email, PASSWORD, new_password="yes")
    assert "Set up a second factor" in page.text
    assert changes(team) == []


@pytest.mark.parametrize("others", [True, False])
def test_with_a_new_second_factor_the_other_devices_may_be_signed_out(
    team: Team, browser: Browser, others: bool
) -> None:
    here = team.accounts.begin(ANNA.id, DeviceFacts(name="Laptop"), method="password")
    there, ben = team.accounts.issue(ANNA.id, "Tablet"), team.accounts.issue(BEN.id, "Ben's")
    browser.open(device_id=here.device_id)
    browser.password(ANNA.email, PASSWORD, set_up="yes")
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", browser.answer.text)
    assert secret is not None
    seed = base64.b32decode(secret[1].replace(" ", ""))
    page = browser.submit("enrol", code=code_at(seed, int(team.clock.now().timestamp()) // 30))
    assert 'name="others" value="yes" checked' in page.text
    left = browser.answer
    browser.submit("done", **({"others": "yes"} if others else {}))
    assert browser.came_back["code"]
    assert team.accounts.session(here.token) is not None
    assert (team.accounts.session(there.token) is None) is others
    assert team.accounts.session(ben.token) is not None
    team.accounts.set_password(ANNA.id, NEXT)
    later = team.accounts.issue(ANNA.id, "Telephone")
    browser.answer = left
    assert browser.submit("done", others="yes").status_code == 400
    assert team.accounts.session(later.token) is not None, "the password of before ends nothing any more"


@pytest.mark.parametrize(
    ("new", "again", "words"),
    [
        (NEXT, "seven kettles on the floor", "not the same"),
        ("short", "short", "10 to"),
        ("Password2024", "Password2024", "guessed first"),
        (PASSWORD, PASSWORD, "already"),
        ("x" * 1_500, "x" * 1_500, "10 to"),
    ],
)
def test_what_cannot_be_one_is_said_in_place(
    team: Team, browser: Browser, new: str, again: str, words: str
) -> None:
    browser.open()
    browser.password(ANNA.email, PASSWORD, new_password="yes")
    page = browser.submit("change", password=new, again=again)
    assert (page.status_code, words in page.text) == (409, True)
    assert (opens(team, PASSWORD), changes(team)) == (True, [])
    browser.submit("change", password=NEXT, again=NEXT)
    assert opens(team, NEXT)


def test_who_knew_the_password_of_before_neither_changes_it_nor_comes_in(
    team: Team, browser: Browser
) -> None:
    """A page that was left open by somebody who knew the old password."""
    browser.open()
    browser.password(ANNA.email, PASSWORD, new_password="yes")
    team.accounts.set_password(ANNA.id, NEXT)
    left = browser.answer
    for do in ("change", "keep"):
        browser.answer = left
        page = browser.submit(do, password="another one of mine", again="another one of mine")
        assert (page.status_code, "Sign in again" in page.text) == (400, True), do
    assert opens(team, NEXT)


def test_a_page_changes_it_once(team: Team, browser: Browser) -> None:
    browser.open()
    browser.password(ANNA.email, PASSWORD, new_password="yes")
    left = browser.answer
    browser.submit("change", password=NEXT, again=NEXT)
    assert browser.came_back["code"]
    browser.answer = left
    assert (
        browser.submit("change", password="another one of mine", again="another one of mine").status_code
        == 400
    )
    assert opens(team, NEXT)


def test_nobody_skips_to_the_page(team: Team, browser: Browser) -> None:
    browser.open(new_password="yes")
    sealed = browser.hidden("password")["step"]
    for do in ("change", "keep"):
        answer = browser.session.post(
            f"{team.address}/oauth/authorize",
            data={"step": sealed, "do": do, "password": NEXT, "again": NEXT},
            allow_redirects=False,
            timeout=30,
        )
        assert answer.status_code == 400
    assert opens(team, PASSWORD)


def test_the_device_of_somebody_else_is_not_spared_by_its_name(team: Team, browser: Browser) -> None:
    bens = team.accounts.begin(BEN.id, DeviceFacts(name="Ben's"), method="password")
    tablet = team.accounts.issue(ANNA.id, "Tablet")
    browser.open(device_id=bens.device_id)
    browser.password(ANNA.email, PASSWORD, new_password="yes")
    browser.submit("change", password=NEXT, again=NEXT, others="yes")
    assert team.accounts.session(tablet.token) is None
    assert team.accounts.session(bens.token) is not None
    entry = team.backend.administration.audit(
        CONSOLE, AuditQuery(actions=AuditAction.PASSWORD_CHANGED.value, actor=ANNA.id)
    ).entries[0]
    assert entry.device_id != bens.device_id
