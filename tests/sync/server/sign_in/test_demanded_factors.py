"""Who knows a password and nothing else neither does without a second factor nor replaces that of its owner."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.server.workspace_rules import WorkspaceRule
from tests.factories import ANNA, BEN
from tests.sync.files import TEMPLATES
from tests.sync.server.browser import Browser
from tests.sync.server.team import PASSWORD, Team, running
from tests.sync.server.test_authorize import app_code, enrolled, secret_on


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


def test_a_password_alone_brings_nothing_there_by_the_program_either(team: Team) -> None:
    team.accounts.rules.set(WorkspaceRule.SECOND_FACTOR, True)
    body = {"email": ANNA.email, "password": PASSWORD, "device": "Kiosk"}
    refused = team.caller(None).ask("POST", "/v1/sign-in", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_demanded")
    secret = enrolled(team)
    answer = team.caller(None).ask("POST", "/v1/sign-in", json={**body, "code": app_code(secret)})
    assert answer.status_code == 200


def test_nobody_replaces_the_second_factor_of_another_whose_password_they_know(
    team: Team, browser: Browser
) -> None:
    theirs = enrolled(team)
    with team.database.write() as sql:
        sql.execute('UPDATE "user" SET email = ? WHERE id = ?', ("ben@example.org", BEN.id))
    team.accounts.set_password(BEN.id, PASSWORD)
    browser.open()
    browser.password("ben@example.org", PASSWORD, set_up="yes")
    mine = secret_on(browser)
    step = browser.hidden("enrol")["step"]
    browser.go({"do": "password", "step": step, "email": ANNA.email, "password": PASSWORD})
    browser.go({**browser.hidden("code"), "do": "enrol", "code": app_code(mine)})
    assert "too old" in browser.answer.text
    assert team.accounts.second_factors.check(ANNA.id, app_code(theirs)), "Anna's own is as it was"


def test_a_second_factor_that_was_set_up_meanwhile_stays(team: Team, browser: Browser) -> None:
    browser.open()
    browser.password(ANNA.email, PASSWORD, set_up="yes")
    theirs = enrolled(team)
    browser.submit("enrol", code=app_code(secret_on(browser)))
    assert "left as it is" in browser.answer.text
    assert team.accounts.second_factors.check(ANNA.id, app_code(theirs))
