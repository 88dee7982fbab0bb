"""Signing in with the account of the company: only what its provider signed for this sign-in counts, and no address."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.operations.workspace import SaveUser
from sync.protocol.messages import DeviceFacts
from sync.server.oauth.company import CompanyProvider, CompanySignIn
from sync.server.oauth.id_token import SKEW_SECONDS
from sync.server.oauth.invited import LASTS, invite
from sync.server.sign_in import invitations
from tests.factories import ANNA, make_user
from tests.sync.files import TEMPLATES
from tests.sync.server.browser import Browser
from tests.sync.server.provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Claims,
    Key,
    Provider,
    ec_key,
    provider,
    rsa_key,
    signed,
)
from tests.sync.server.team import PASSWORD, Team, running
from tests.sync.server.test_authorize import enrolled

BEN = make_user(name="Ben Okafor", email="ben@example.org")
HELPLESS = "the provider of the company did not help"
ExpectLog = Callable[[str], None]


class Scene:
    """A team server that relies on a provider, and a browser."""

    def __init__(self, team: Team, here: Provider) -> None:
        self.team = team
        self.provider = here
        self.browser = Browser(team.address)
        own = CompanyProvider(
            issuer=here.url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, name="Contoso"
        )
        team.services.company = CompanySignIn(own, team.address, team.database, team.clock)
        team.accounts.set_password(ANNA.id, PASSWORD)
        team.backend.store.commit([SaveUser(user_id=BEN.id, name=BEN.name, email=BEN.email)])

    def come_back(self, **asked: str) -> None:
        """On the way over the provider, back at our server."""
        self.browser.open(**asked)
        to_provider = self.browser.get(self.browser.link("/oauth/company"))
        assert to_provider.status_code == 303, to_provider.text
        back = self.browser.session.get(to_provider.headers["Location"], allow_redirects=False)
        assert back.headers["Location"].startswith(f"{self.team.address}/oauth/company/cb?")
        self.browser.get(back.headers["Location"])

    def link_with_password(self) -> None:
        self.come_back()
        assert "is not known here yet" in self.browser.answer.text
        self.browser.password(ANNA.email, PASSWORD)
        assert "code" in self.browser.came_back

    @property
    def signed_in_as(self) -> str:
        """Who the program would be; empty when nobody."""
        if self.browser.answer.status_code != 303:
            return ""
        answered = self.browser.exchange(self.browser.came_back["code"])
        return str(answered.json()["user_id"])

    def links(self) -> int:
        with self.team.database.read() as connection:
            return int(connection.execute("SELECT count(*) FROM company_account").fetchone()[0])

    def audited(self, action: AuditAction) -> int:
        with self.team.database.read() as connection:
            found = connection.execute("SELECT count(*) FROM audit WHERE action = ?", (action.value,))
            return int(found.fetchone()[0])


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with (
        provider() as here,
        running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team,
    ):
        scene = Scene(team, here)
        yield scene
        scene.browser.close()


# ----- whose account it is


def test_an_account_is_linked_once_with_the_password_and_then_opens(scene: Scene) -> None:
    scene.link_with_password()
    assert scene.signed_in_as == ANNA.id
    assert (scene.links(), scene.audited(AuditAction.IDENTITY_LINKED)) == (1, 1)
    scene.provider.person["email"] = "married@example.com"
    scene.come_back()
    assert scene.signed_in_as == ANNA.id, "by issuer and subject: addresses change"
    assert scene.links() == 1


@pytest.mark.parametrize(
    ("minutes_ago", "taken"), [(0, True), (10, True), (12, False), (600, False), (None, True)]
)
def test_who_signs_in_again_on_a_device_is_looked_at_anew(
    scene: Scene, minutes_ago: int | None, taken: bool
) -> None:
    """A cookie of the provider in an unlocked browser proves nothing, as far as the provider says how old it is."""
    scene.link_with_password()
    device_id = scene.team.accounts.begin(ANNA.id, DeviceFacts(name="Laptop"), method="company").device_id
    if minutes_ago is not None:
        then = int(scene.team.clock.now().timestamp()) - minutes_ago * 60
        scene.provider.claims = lambda claims: {**claims, "auth_time": then}
    scene.come_back()
    assert scene.signed_in_as == ANNA.id, "the first time on a device the provider's own rule does"
    assert "max_age" not in scene.provider.wanted
    scene.come_back(device_id=device_id)
    assert scene.provider.wanted["max_age"] == "600"
    assert (scene.signed_in_as == ANNA.id) is taken
    if not taken:
        assert "did not ask you who you are" in scene.browser.answer.text


@pytest.mark.parametrize("verified", [True, False, "true", 1, None])
def test_an_address_alone_links_nobody(scene: Scene, verified: object) -> None:
    scene.provider.person = {"sub": "stranger", "email": ANNA.email, "email_verified": verified}
    scene.come_back()
    assert scene.browser.answer.status_code == 200
    assert "Sign in once with your password" in scene.browser.answer.text.replace("\n", " ")
    assert scene.browser.password(ANNA.email, "guessed").status_code == 401
    assert scene.links() == 0


@pytest.mark.parametrize(
    ("email", "verified", "typed"),
    [
        (ANNA.email.upper(), True, ANNA.email.upper()),
        ("anna@contoso.example", True, ""),
        (ANNA.email, False, ""),
    ],
)
def test_the_company_s_address_is_put_in_where_an_account_here_has_it(
    scene: Scene, email: str, verified: bool, typed: str
) -> None:
    scene.provider.person = {"sub": "stranger", "email": email, "email_verified": verified}
    scene.come_back()
    assert email in scene.browser.answer.text, "whose account is not known yet is said"
    assert f'value="{typed}"' in scene.browser.field("email")


def test_who_was_invited_comes_in_by_a_verified_address_once(scene: Scene) -> None:
    scene.provider.person = {"sub": "b-1", "email": BEN.email.upper(), "email_verified": True}
    invite(scene.team.database, BEN.id, scene.team.clock.now())
    scene.come_back()
    assert scene.signed_in_as == BEN.id
    scene.provider.person["sub"] = "b-2"
    scene.come_back()
    assert scene.signed_in_as == "", "the invitation is used up"
    assert scene.links() == 1


def test_who_has_a_link_to_choose_a_password_may_come_by_the_company(scene: Scene) -> None:
    now = scene.team.clock.now()
    with scene.team.database.write() as sql:
        _, token = invitations.make(sql, scene.team.ids.new(), BEN.id, ANNA.id, now, 7)
    scene.provider.person = {"sub": "b-1", "email": BEN.email, "email_verified": True}
    scene.come_back()
    assert scene.signed_in_as == BEN.id
    with scene.team.database.read() as sql:
        assert invitations.good(sql, token, now) is None, "the link is used up by it"


@pytest.mark.parametrize(
    ("person", "days"),
    [
        ({"sub": "b", "email": BEN.email, "email_verified": "true"}, 0),
        ({"sub": "b", "email": BEN.email}, 0),
        ({"sub": "b", "email": "", "email_verified": True}, 0),
        ({"sub": "b", "email": ANNA.email, "email_verified": True}, 0),
        ({"sub": "b", "email": BEN.email, "email_verified": True}, LASTS.days + 1),
    ],
)
def test_an_invitation_is_for_its_address_verified_and_in_time(
    scene: Scene, person: Claims, days: int
) -> None:
    scene.provider.person = person
    invite(scene.team.database, BEN.id, scene.team.clock.now() - timedelta(days=days))
    scene.come_back()
    assert (scene.signed_in_as, scene.links()) == ("", 0)


def test_what_was_set_up_before_the_owner_came_is_dropped(scene: Scene) -> None:
    """Whoever made an account for an address that is not theirs has nothing left when its owner comes."""
    scene.team.accounts.set_password(BEN.id, "prepared by another")
    squatter = scene.team.accounts.begin(BEN.id, DeviceFacts(name="squatter"), method="password")
    invite(scene.team.database, BEN.id, scene.team.clock.now())
    scene.provider.person = {"sub": "ben", "email": BEN.email, "email_verified": True}
    scene.come_back()
    assert scene.signed_in_as == BEN.id
    assert scene.team.accounts.verified(BEN.email, "prepared by another") is None
    assert scene.team.accounts.session(squatter.token) is None
    assert scene.team.accounts.renew(squatter.refresh_token, "", None) is None


def test_who_is_disabled_here_stays_out(scene: Scene) -> None:
    scene.link_with_password()
    gone = SaveUser(user_id=ANNA.id, name=ANNA.name, email=ANNA.email, role=ANNA.role, active=False)
    scene.team.backend.store.commit([gone])
    scene.come_back()
    assert scene.browser.answer.status_code == 403
    assert "disabled" in scene.browser.answer.text


def test_linking_asks_for_the_second_factor_too(scene: Scene) -> None:
    enrolled(scene.team)
    scene.come_back()
    scene.browser.password(ANNA.email, PASSWORD)
    assert scene.browser.submit("code", code="000000").status_code == 401
    assert scene.links() == 0


# ----- what counts as its word


def with_none(here: Provider, claims: Claims) -> str:
    return jwt.encode(claims, None, "none", headers={"kid": here.key.kid})


def with_our_secret(here: Provider, claims: Claims) -> str:
    return jwt.encode(claims, CLIENT_SECRET * 2, "HS256", headers={"kid": here.key.kid})


def with_the_public_key_as_a_secret(here: Provider, claims: Claims) -> str:
    """The confusion of PYSEC-2022-202 and PYSEC-2024-52: HMAC with what everybody knows."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    known = here.key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "typ": "JWT", "kid": here.key.kid}, claims)
    )
    mac = hmac.new(known, head + b"." + body, hashlib.sha256).digest()
    return b".".join((head, body, base64.urlsafe_b64encode(mac).rstrip(b"="))).decode()


def with_another_key(here: Provider, claims: Claims) -> str:
    return signed(Key(here.key.kid, rsa_key("x").private), claims)


def with_a_key_of_its_own(here: Provider, claims: Claims) -> str:
    """Names the key that it was signed with in its own header."""
    own = rsa_key("own")
    return jwt.encode(
        claims,
        own.private,
        "RS256",
        headers={"kid": here.key.kid, "jwk": own.public, "jku": "http://evil.example"},
    )


def with_a_weaker_hash(here: Provider, claims: Claims) -> str:
    return jwt.encode(claims, here.key.private, "RS512", headers={"kid": here.key.kid})


def with_a_critical_extension(here: Provider, claims: Claims) -> str:
    return signed(here.key, claims, crit="b64")  # type: ignore[arg-type]  # as somebody would send it


def cut(here: Provider, claims: Claims) -> str:
    return signed(here.key, claims)[:-4]


def no_token(here: Provider, claims: Claims) -> str:
    return "not a token"


@pytest.mark.parametrize(
    "sign",
    [
        with_none,
        with_our_secret,
        with_the_public_key_as_a_secret,
        with_another_key,
        with_a_key_of_its_own,
        with_a_weaker_hash,
        with_a_critical_extension,
        cut,
        no_token,
    ],
)
def test_a_token_does_not_choose_how_it_is_checked(
    scene: Scene, sign: Callable[[Provider, Claims], str], expect_log: ExpectLog
) -> None:
    expect_log(HELPLESS)
    scene.link_with_password()
    scene.provider.sign = sign
    scene.come_back()
    assert (scene.browser.answer.status_code, scene.signed_in_as) == (403, "")
    scene.provider.sign = None
    scene.come_back()
    assert scene.signed_in_as == ANNA.id, "the control: the same, signed as it should be"


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another-client"]},
        {"aud": [CLIENT_ID, "another-client"], "azp": "another-client"},
        {"azp": "another-client"},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"sub": ""},
        {"sub": "x" * 256},
        {"sub": 7},
        {"exp": 0},
        {"exp": "tomorrow"},
        {"exp": True},
    ],
    ids=str,
)
def test_a_token_of_another_is_none(scene: Scene, lie: Claims, expect_log: ExpectLog) -> None:
    expect_log(HELPLESS)
    scene.link_with_password()
    scene.provider.claims = lambda claims: {**claims, **lie}
    scene.come_back()
    assert scene.signed_in_as == ""


@pytest.mark.parametrize("missing", ["iss", "aud", "exp", "iat", "sub", "nonce"])
def test_a_token_says_everything(scene: Scene, missing: str, expect_log: ExpectLog) -> None:
    expect_log(HELPLESS)
    scene.link_with_password()
    scene.provider.claims = lambda claims: {name: value for name, value in claims.items() if name != missing}
    scene.come_back()
    assert scene.signed_in_as == ""


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({"exp": -SKEW_SECONDS + 20}, True),
        ({"exp": -SKEW_SECONDS - 5}, False),
        ({"iat": SKEW_SECONDS - 20}, True),
        ({"iat": SKEW_SECONDS + 20}, False),
        ({"nbf": SKEW_SECONDS - 20}, True),
        ({"nbf": SKEW_SECONDS + 20}, False),
    ],
    ids=str,
)
def test_clocks_may_differ_by_a_minute(
    scene: Scene, changes: dict[str, int], taken: bool, expect_log: ExpectLog
) -> None:
    if not taken:
        expect_log(HELPLESS)
    scene.link_with_password()
    scene.provider.claims = lambda claims: {
        **claims,
        **{name: claims["iat"] + seconds for name, seconds in changes.items()},
    }
    scene.come_back()
    assert (scene.signed_in_as == ANNA.id) is taken


def test_the_provider_may_take_a_new_key(scene: Scene, expect_log: ExpectLog) -> None:
    expect_log(HELPLESS)
    scene.link_with_password()
    new = ec_key("k2")
    scene.provider.published = [scene.provider.key, new]
    scene.provider.key = new
    # The keys were asked for moments ago: an unknown one makes us ask again, but not with every token.
    company = scene.team.services.company
    assert company is not None
    assert company._known is not None
    scene.come_back()
    assert scene.signed_in_as == ""
    company._known.keys_at -= timedelta(seconds=31)
    scene.come_back()
    assert scene.signed_in_as == ANNA.id
    asked = scene.provider.asked.count("/keys")
    scene.provider.sign = lambda here, claims: signed(rsa_key("unknown"), claims)
    for _ in range(3):
        scene.come_back()
        assert scene.signed_in_as == ""
    assert scene.provider.asked.count("/keys") == asked


def test_a_key_that_was_taken_back_opens_nothing(scene: Scene, expect_log: ExpectLog) -> None:
    expect_log(HELPLESS)
    scene.link_with_password()
    company = scene.team.services.company
    assert company is not None
    assert company._known is not None
    company._known.at -= timedelta(hours=2)
    scene.provider.published = [rsa_key("k2")]
    scene.come_back()
    assert scene.signed_in_as == ""


# ----- on the way


def test_a_code_is_of_no_use_without_what_we_kept(scene: Scene) -> None:
    """A code that was caught on its way, brought by another browser or in another sign-in."""
    scene.browser.open()
    to_provider = scene.browser.get(scene.browser.link("/oauth/company"))
    back = scene.browser.session.get(to_provider.headers["Location"], allow_redirects=False)
    thief = Browser(scene.team.address)
    thief.open()
    assert thief.get(back.headers["Location"]).status_code == 400
    thief.close()


def test_the_provider_may_say_no(scene: Scene) -> None:
    scene.provider.refuses = True
    scene.come_back()
    assert scene.browser.answer.status_code == 403
    assert "Contoso did not sign you in" in scene.browser.answer.text


def test_an_answer_of_another_provider_is_none(scene: Scene, expect_log: ExpectLog) -> None:
    expect_log(HELPLESS)
    scene.link_with_password()
    scene.provider.answers_as = "https://evil.example"
    scene.come_back()
    assert scene.signed_in_as == ""


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://evil.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
    ids=str,
)
def test_a_provider_that_says_odd_things_of_itself_is_not_asked(
    scene: Scene, change: Claims, expect_log: ExpectLog
) -> None:
    expect_log(HELPLESS)
    scene.provider.document = lambda document: {**document, **change}
    scene.browser.open()
    page = scene.browser.get(scene.browser.link("/oauth/company"))
    assert page.status_code == 502
    assert "could not be asked" in page.text
    assert scene.browser.password(ANNA.email, PASSWORD).status_code == 303, "the password still works"


def test_what_goes_wrong_is_said_without_what_was_sent(
    scene: Scene, caplog: pytest.LogCaptureFixture, expect_log: ExpectLog
) -> None:
    expect_log(HELPLESS)
    scene.link_with_password()
    scene.provider.sign = with_none
    scene.come_back()
    assert scene.provider.person["email"] not in caplog.text
    assert "eyJ" not in caplog.text
