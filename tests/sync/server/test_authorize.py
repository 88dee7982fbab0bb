"""Signing in with a browser: who is right gets one code for the program that asked, and nobody else gets anything."""

import base64
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import html5lib
import pytest

from agent_desktop.domain.clock import SystemClock
from sync.protocol.messages import Digest
from sync.server.oauth import asked
from sync.server.sign_in import invitations
from sync.server.sign_in.guessing import FREE, TOLD, GuessGuard
from sync.server.sign_in.totp import code_at
from sync.server.workspace_rules import WorkspaceRule
from tests.factories import ANNA, BEN
from tests.sync.files import TEMPLATES
from tests.sync.server.browser import Browser, challenge_of
from tests.sync.server.team import PASSWORD, Team, running


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


def signed_in(browser: Browser) -> str:
    """The code of somebody who has done everything right."""
    browser.open()
    browser.password(ANNA.email, PASSWORD)
    return browser.came_back["code"]


def app_code(secret: bytes, later: int = 1) -> str:
    """A code that is newer than the one of the enrolment, and good for half a minute at least."""
    return code_at(secret, int(SystemClock().now().timestamp()) // 30 + later)


def enrolled(team: Team) -> bytes:
    secret = b"12345678901234567890"
    assert team.accounts.second_factors.enrol(ANNA.id, secret, app_code(secret, 0)) is not None
    return secret


# ----- the way


def test_a_password_becomes_tokens_that_work_for_the_device(team: Team, browser: Browser) -> None:
    page = browser.open(device="Anna's <b>laptop</b>", login_hint=ANNA.email)
    assert page.status_code == 200
    assert "Lighthouse" in page.text
    assert "<b>laptop</b>" not in page.text
    browser.password(ANNA.email.upper(), PASSWORD)
    back = browser.came_back
    assert (back["state"], back["iss"]) == ("st-1", team.address)
    answer = browser.exchange(back["code"])
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert tokens["token_type"] == "Bearer"
    assert (tokens["user_id"], tokens["workspace"]) == (ANNA.id, "Lighthouse")
    assert tokens["access_token"].startswith("ad_at_")
    assert tokens["refresh_token"].startswith("ad_rt_")
    assert 0 < tokens["expires_in"] <= 900
    caller = team.caller(tokens["access_token"])
    caller.get("/v1/sync/digest", Digest)
    (device,) = caller.ask("GET", "/v1/devices").json()["devices"]
    assert (device["name"], device["this"], device["signed_in"]) == ("Anna's <b>laptop</b>", True, True)


def test_every_page_runs_nothing_is_framed_by_nobody_and_kept_nowhere(browser: Browser) -> None:
    for page in (browser.open(), browser.password("nobody@example.org", "x"), browser.get("/oauth/done")):
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in page.text.lower()
    assert "form-action 'self' http://127.0.0.1:51234;" in browser.open().headers["Content-Security-Policy"]


def test_every_page_is_sound_and_every_field_has_a_name(team: Team, browser: Browser) -> None:
    texts = [browser.open(login_hint=ANNA.email).text, browser.password("no@example.org", "x").text]
    texts.append(browser.password(ANNA.email, PASSWORD, set_up="yes").text)
    texts.append(browser.submit("enrol", code=app_code(secret_on(browser))).text)
    browser.submit("done")
    browser.open()
    texts.append(browser.password(ANNA.email, PASSWORD).text)
    texts += [browser.get("/oauth/done").text, browser.open(client_id="other").text]
    for text in texts:
        page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
        assert page.get("lang") == "en"
        assert len(page.findall(".//h1")) == 1
        named = {label.get("for") for label in page.iter("label")}
        inside = {field for label in page.iter("label") for field in label.iter("input")}
        for field in page.iter("input"):
            assert field.get("type") == "hidden" or field.get("id") in named or field in inside


def test_every_field_for_a_password_hides_it_and_takes_a_paste(team: Team, browser: Browser) -> None:
    with team.database.write() as sql:
        now = SystemClock().now()
        _, token = invitations.make(sql, "invitation", ANNA.id, ANNA.id, now, days=1)
    for page in (browser.open(), browser.get("/invite", {"token": token})):
        fields = re.findall(r'<input id="(?:password|again)"[^>]*>', page.text)
        assert fields
        for field in fields:
            assert 'type="password"' in field
            assert re.search(r'autocomplete="(current|new)-password"', field), "managers of passwords know it"
            assert "onpaste" not in field


def test_a_field_that_is_given_twice_is_refused(team: Team, browser: Browser) -> None:
    for body in ("grant_type=refresh_token&grant_type=authorization_code", "a=%ff", "a=1&" * 50):
        answer = browser.session.post(
            f"{team.address}/oauth/token",
            data=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed")


def test_the_metadata_says_where(team: Team, browser: Browser) -> None:
    known = browser.get("/.well-known/oauth-authorization-server").json()
    assert known["issuer"] == team.address
    assert known["code_challenge_methods_supported"] == ["S256"]
    assert known["authorization_response_iss_parameter_supported"] is True
    assert urlsplit(known["token_endpoint"]).path == "/oauth/token"


def test_one_may_cancel(browser: Browser) -> None:
    browser.open()
    browser.submit("cancel")
    assert browser.came_back["error"] == "access_denied"
    assert "code" not in browser.came_back


# ----- who asks


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "other"},
        {"redirect_uri": "http://localhost:51234/cb"},
        {"redirect_uri": "http://127.0.0.1:51234/other"},
        {"redirect_uri": "http://127.0.0.1:51234/cb?x=1"},
        {"redirect_uri": "http://127.0.0.1:51234/cb/"},
        {"redirect_uri": "https://127.0.0.1:51234/cb"},
        {"redirect_uri": "http://127.0.0.1@evil.example/cb"},
        {"redirect_uri": "http://127.0.0.1.evil.example/cb"},
        {"redirect_uri": "http://127.0.0.1:51234/cb\nx"},
        {"redirect_uri": ""},
        {"state": "a\r\nSet-Cookie: x=1"},
    ],
)
def test_nobody_is_sent_to_a_place_that_is_not_the_programs(browser: Browser, change: dict[str, str]) -> None:
    answer = browser.open(**change)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "password" not in answer.text


@pytest.mark.parametrize("place", ["http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb", "http://[::1]:7/cb"])
def test_the_port_is_any(place: str) -> None:
    query = {"client_id": "agent-desktop", "response_type": "code", "code_challenge_method": "S256"}
    wanted = asked.read({**query, "redirect_uri": place, "code_challenge": challenge_of("x" * 43)})
    assert (wanted.redirect_uri, wanted.error) == (place, "")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
    ],
)
def test_a_wrong_request_of_the_program_is_told_to_it(
    browser: Browser, change: dict[str, str], error: str
) -> None:
    browser.open(**change)
    assert browser.came_back["error"] == error


# ----- the code


@pytest.mark.parametrize(
    "change",
    [
        {"code_verifier": "x" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "http://127.0.0.1:51235/cb"},
        {"redirect_uri": ""},
    ],
)
def test_a_code_is_of_no_use_to_another(browser: Browser, change: dict[str, str]) -> None:
    code = signed_in(browser)
    answer = browser.exchange(code, **change)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert browser.exchange(code).status_code == 400, "whoever tried has used it up"


def test_a_code_shown_twice_ends_what_it_brought(team: Team, browser: Browser) -> None:
    code = signed_in(browser)
    access = browser.exchange(code).json()["access_token"]
    assert team.accounts.session(access) is not None
    assert browser.exchange(code).status_code == 400
    assert team.accounts.session(access) is None
    assert team.caller(access).ask("GET", "/v1/sync/digest").status_code == 401


def test_a_code_lasts_a_minute(team: Team, browser: Browser) -> None:
    code = signed_in(browser)
    with team.database.write() as connection:
        connection.execute("UPDATE authorization_code SET expires_at = expires_at - 60000001")
    assert browser.exchange(code).json()["error"] == "invalid_grant"


def test_the_code_is_kept_as_a_hash(team: Team, browser: Browser) -> None:
    code = signed_in(browser)
    with team.database.read() as connection:
        kept = str(connection.execute("SELECT * FROM authorization_code").fetchall())
    assert code not in kept


# ----- the pages belong to one browser


def test_a_page_of_another_browser_leads_nowhere(team: Team, browser: Browser) -> None:
    browser.open()
    prepared = browser.hidden("password")
    other = Browser(team.address)
    other.open()
    fields = {**prepared, "email": ANNA.email, "password": PASSWORD}
    answer = other.session.post(f"{team.address}/oauth/authorize", data=fields, allow_redirects=False)
    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    other.session.cookies.clear()
    answer = other.session.post(f"{team.address}/oauth/authorize", data=fields, allow_redirects=False)
    assert answer.status_code == 400
    other.close()


def test_nobody_skips_a_step(team: Team, browser: Browser) -> None:
    enrolled(team)
    browser.open()
    first = browser.hidden("password")["step"]
    browser.password(ANNA.email, PASSWORD)
    second = browser.hidden("code")["step"]
    for step in (first, second, second[:-4] + "AAAA", ""):
        for do in ("done", "enrol", "company", "nothing"):
            answer = browser.session.post(
                f"{team.address}/oauth/authorize",
                data={"step": step, "do": do, "code": "123456"},
                allow_redirects=False,
            )
            assert (answer.status_code, "Location" in answer.headers) == (400, False), (do, answer.text)


# ----- wrong passwords


def test_an_unknown_a_disabled_and_a_known_account_get_the_same_page(team: Team) -> None:
    def page(email: str) -> str:
        browser = Browser(team.address)
        browser.open()
        answer = browser.password(email, "not the password")
        browser.close()
        assert answer.status_code == 401
        plain = re.sub(r'name="step" value="[^"]*"', "", answer.text)
        return plain.replace(email, "EMAIL")

    assert page(ANNA.email) == page("nobody@example.org")


def test_guessing_on_pages_gets_slow_elsewhere_only(team: Team) -> None:
    answer = team.caller(None).ask(
        "POST", "/v1/sign-in", json={"email": ANNA.email, "password": PASSWORD, "device": "Laptop"}
    )
    device = answer.json()["device_id"]
    thief, anna = Browser(team.address), Browser(team.address)
    thief.open()
    statuses = [thief.password(ANNA.email, "guess").status_code for _ in range(FREE + 1)]
    assert statuses == [401] * FREE + [429]
    assert thief.password(ANNA.email, PASSWORD).status_code == 429
    anna.open(device_id=device)
    assert anna.password(ANNA.email, PASSWORD).status_code == 303, "from her own computer she gets in"
    thief.close()
    anna.close()


def test_the_audit_log_tells_of_guessing_once(tmp_path: Path) -> None:
    now = [0.0]
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        team.services.guesses = GuessGuard(team.services.limits, lambda: now[0])
        for email in (ANNA.email, "nobody@example.org"):
            body = {"email": email, "password": "guess", "device": "d"}
            for _ in range(TOLD + 3):
                now[0] += 1_000
                assert team.caller(None).ask("POST", "/v1/sign-in", json=body).status_code == 401
    database = TEMPLATES.server(tmp_path / "server.db")
    with database.read() as sql:
        found = sql.execute("SELECT about FROM audit WHERE action = 'session.failed'").fetchall()
    database.close()
    assert len(found) == 2
    assert sum(about is None for (about,) in found) == 1, "there may be nobody of that name"


# ----- second factor


def test_a_second_factor_is_asked_for_and_taken_once(team: Team, browser: Browser) -> None:
    secret = enrolled(team)
    browser.open()
    assert browser.password(ANNA.email, PASSWORD).status_code == 200
    assert browser.submit("code", code="000000").status_code == 401
    code = app_code(secret)
    browser.submit("code", code=f" {code[:3]} {code[3:]} ")
    assert "code" in browser.came_back
    browser.open()
    browser.password(ANNA.email, PASSWORD)
    assert browser.submit("code", code=code).status_code == 401, "it was used"


def test_one_sets_up_a_second_factor_on_the_way(team: Team, browser: Browser) -> None:
    browser.open()
    page = browser.password(ANNA.email, PASSWORD, set_up="yes")
    assert "<svg" in page.text
    assert browser.submit("enrol", code="000000").status_code == 401
    secret = secret_on(browser)
    page = browser.submit("enrol", code=app_code(secret))
    codes = re.findall(r"<code>([A-Z0-9-]{17})</code>", page.text)
    assert len(set(codes)) == 10
    browser.submit("done")
    assert browser.exchange(browser.came_back["code"]).status_code == 200
    assert team.accounts.second_factors.is_enrolled(ANNA.id)
    for wanted in (303, 401):
        browser.open()
        browser.password(ANNA.email, PASSWORD)
        assert browser.submit("code", code=codes[3].lower()).status_code == wanted, (
            "a recovery code is used once"
        )


def test_where_the_workspace_demands_it_everybody_is_led_to_it(team: Team, browser: Browser) -> None:
    team.accounts.rules.set(WorkspaceRule.SECOND_FACTOR, True)
    browser.open()
    page = browser.password(ANNA.email, PASSWORD)
    assert "Set up a second factor" in page.text
    assert page.status_code == 200


def secret_on(browser: Browser) -> bytes:
    found = re.search(
        r"type this key into the app:<br><code>([A-Z2-7 ]+)</code>", unescape(browser.answer.text)
    )
    assert found is not None
    return base64.b32decode(found[1].replace(" ", ""))


# ----- in the program


def test_the_program_asks_for_the_code_itself(team: Team) -> None:
    secret = enrolled(team)
    body = {"email": ANNA.email, "password": PASSWORD, "device": "Kiosk", "renewable": True}
    caller = team.caller(None)
    needed = caller.ask("POST", "/v1/sign-in", json=body)
    assert (needed.status_code, needed.json()["code"]) == (401, "second_factor")
    wrong = caller.ask("POST", "/v1/sign-in", json={**body, "password": "wrong", "code": app_code(secret)})
    assert wrong.json()["code"] == "wrong_password"
    right = caller.ask("POST", "/v1/sign-in", json={**body, "code": app_code(secret)})
    assert right.status_code == 200
    assert right.json()["refresh_token"].startswith("ad_rt_")


def test_a_workspace_may_keep_passwords_out_of_the_program(team: Team, browser: Browser) -> None:
    team.accounts.rules.set(WorkspaceRule.BROWSER_ONLY, True)
    body = {"email": ANNA.email, "password": PASSWORD, "device": "Kiosk"}
    answer = team.caller(None).ask("POST", "/v1/sign-in", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "browser_only")
    assert signed_in(browser)


# ----- tokens


def test_tokens_are_renewed_and_given_back(team: Team, browser: Browser) -> None:
    first = browser.exchange(signed_in(browser)).json()
    shown = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = browser.token(**shown, pending="7", version="0.2.0").json()
    assert browser.token(**shown).json()["refresh_token"] == second["refresh_token"], "the answer was lost"
    caller = team.caller(second["access_token"])
    (device,) = caller.ask("GET", "/v1/devices").json()["devices"]
    assert (device["pending"], device["version"]) == (7, "0.2.0")
    for shown_token in ("nobody's", second["refresh_token"]):
        answer = browser.session.post(f"{team.address}/oauth/revoke", data={"token": shown_token})
        assert answer.status_code == 200
    assert caller.ask("GET", "/v1/sync/digest").status_code == 401
    assert browser.token(grant_type="refresh_token", refresh_token=second["refresh_token"]).status_code == 400


def test_a_stolen_token_that_is_shown_ends_the_streams_of_its_device(team: Team, browser: Browser) -> None:
    first = browser.exchange(signed_in(browser)).json()
    second = browser.token(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    heard = team.caller(second["access_token"]).listen(team.backend.hello().head)
    with team.database.write() as sql:
        sql.execute("UPDATE token SET used_at = used_at - 61000000 WHERE used_at IS NOT NULL")
    stolen = browser.token(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert stolen.json()["error"] == "invalid_grant"
    assert heard.next() == ("bye", {})
    heard.close()


def test_the_token_endpoint_says_what_is_wrong(browser: Browser) -> None:
    for fields, error in (
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "a", "password": "b"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "ad_rt_no"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x" * 201}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "client_id": "y"}, "invalid_client"),
    ):
        answer = browser.token(**fields)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
        assert "Sign in again" in answer.json()["sentence"]


def test_one_signs_out_a_device_of_ones_own_and_nobody_elses(team: Team) -> None:
    anna, other = team.accounts.issue(ANNA.id, "laptop"), team.client()
    (mine,) = [
        device["id"]
        for device in other.ask("GET", "/v1/devices").json()["devices"]
        if device["name"] == "laptop"
    ]
    stranger = team.client(BEN.id)
    assert stranger.ask("DELETE", f"/v1/devices/{mine}").status_code == 404
    assert team.accounts.session(anna.token) is not None
    assert other.ask("DELETE", f"/v1/devices/{mine}").status_code == 204
    assert team.caller(anna.token).ask("GET", "/v1/sync/digest").status_code == 401
    assert isinstance(other.get("/v1/sync/digest", Digest), Digest)


def test_the_host_header_is_in_no_answer(tmp_path: Path) -> None:
    """Where the server was told its address, nobody can put another one into what it says."""
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        team.services.public_url = "https://desk.example.com"
        team.accounts.set_password(ANNA.id, PASSWORD)
        browser = Browser(team.address)
        browser.session.headers["Host"] = "evil.example"
        browser.session.headers["X-Forwarded-Host"] = "evil.example"
        answers = [browser.get("/.well-known/oauth-authorization-server"), browser.open()]
        answers.append(browser.open(response_type="token"))
        browser.close()
    for answer in answers:
        assert "evil.example" not in answer.text + str(answer.headers)
    assert answers[0].json()["issuer"] == "https://desk.example.com"
    assert answers[1].headers["Set-Cookie"].startswith("__Host-agent_desktop_sign_in=")
    assert answers[1].headers["Set-Cookie"].endswith("; Path=/; HttpOnly; SameSite=Lax; Secure")
    assert "iss=https%3A%2F%2Fdesk.example.com" in answers[2].headers["Location"]
