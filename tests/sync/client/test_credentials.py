"""Tokens of a client: renewed in time and once, kept before they are used, and never lost with an answer."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from agent_desktop.domain.clock import ManualClock
from sync.client.credentials import EARLY, Credentials
from sync.client.tokens import DeviceToken
from sync.protocol.messages import DeviceFacts, SignedIn, TokenAnswer
from sync.protocol.transport import RefusalReason, Refused, Unreachable
from sync.server.sign_in.sign_ins import ACCESS_LASTS, Reused
from tests.factories import ANNA
from tests.sync.client.test_tokens import MemoryKeychain
from tests.sync.files import TEMPLATES
from tests.sync.server.office import Office

SECRET = "of the profile"
ENDED = Refused(RefusalReason.SIGN_IN, "Sign in again.")


class Endpoint:
    """The tokens of the real accounts; a test may lose what is asked or answered."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.asked = 0
        self.lose: Callable[[], str] = lambda: ""
        """What gets lost of the next call: nothing, the "question" or the "answer"."""
        self.before: Callable[[], object] = lambda: None

    def renew(self, token: str, attempt: str, facts: DeviceFacts) -> TokenAnswer | None:
        self.asked += 1
        self.before()
        lost = self.lose()
        if lost == "question":
            raise Unreachable("lost")
        answer = self.office.accounts.renew(token, attempt, facts)
        if lost == "answer":
            raise Unreachable("lost")
        if answer is None or isinstance(answer, Reused):
            raise ENDED
        return answer


class Scene:
    """A signed-in computer and its server, with one clock."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(TEMPLATES.server(folder / "server.db"))
        self.clock: ManualClock = self.office.clock
        self.keychain = MemoryKeychain()
        self.endpoint = Endpoint(self.office)
        self.credentials = self.restarted()
        self.credentials.begin(self.signed_in())

    def signed_in(self) -> SignedIn:
        return self.office.accounts.begin(ANNA.id, DeviceFacts(name="laptop"), method="password")

    def restarted(self, secret: str = SECRET) -> Credentials:
        """The program starts anew, with what the keychain has."""
        kept = DeviceToken("p1", self.keychain)
        self.credentials = Credentials(kept, self.endpoint, secret, monotonic=self.seconds)
        return self.credentials

    def seconds(self) -> float:
        return self.clock.now().timestamp()

    def is_good(self, token: str | None) -> bool:
        return token is not None and self.office.accounts.session(token) is not None


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_token_is_used_until_shortly_before_its_end(scene: Scene) -> None:
    first = scene.credentials.access()
    assert (scene.endpoint.asked, scene.is_good(first)) == (0, True)
    scene.clock.advance(ACCESS_LASTS - timedelta(seconds=EARLY + 1))
    assert scene.credentials.access() == first
    scene.clock.advance(timedelta(seconds=2))
    second = scene.credentials.access()
    assert (scene.endpoint.asked, scene.is_good(second)) == (1, True)
    assert second != first


def test_after_a_start_the_keychain_brings_the_next(scene: Scene) -> None:
    assert scene.is_good(scene.restarted().access())
    assert scene.is_good(scene.restarted().access())
    assert scene.endpoint.asked == 2


def test_a_refused_token_is_replaced_once_for_all_who_had_it(scene: Scene) -> None:
    old = scene.credentials.access()
    assert old is not None
    new = scene.credentials.another(old)
    assert scene.is_good(new)
    assert scene.credentials.another(old) == new
    assert scene.endpoint.asked == 1


def test_many_at_once_ask_once(scene: Scene) -> None:
    scene.clock.advance(ACCESS_LASTS)
    all_here = threading.Barrier(8)
    found: list[str | None] = []

    def use() -> None:
        all_here.wait(20)
        found.append(scene.credentials.access())

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert scene.endpoint.asked == 1


def test_the_keychain_has_the_next_before_the_new_one_is_used(scene: Scene) -> None:
    """Killed at any moment of it, the program goes on with what the keychain has."""
    before = next(iter(scene.keychain.secrets.values()))
    scene.clock.advance(ACCESS_LASTS)

    class Killed(BaseException):
        pass

    begun = scene.credentials.access()

    def kill() -> None:
        raise Killed

    def kept() -> str:
        return next(iter(scene.keychain.secrets.values()))

    assert kept() != before
    assert scene.is_good(begun)
    # The next time it is killed between the answer and the keychain.
    before = kept()
    scene.clock.advance(ACCESS_LASTS)
    scene.credentials._kept.keep = lambda token: kill()  # type: ignore[method-assign,assign,return-value]
    with pytest.raises(Killed):
        scene.credentials.access()
    assert kept() == before
    assert scene.is_good(scene.restarted().access()), "the server tells the same again"
    assert kept() not in ("", before)


def test_an_old_server_knows_one_token_for_everything(scene: Scene) -> None:
    class Old:
        asked = 0

        def renew(self, token: str, attempt: str, facts: DeviceFacts) -> None:
            self.asked += 1

    old = Old()
    credentials = Credentials(DeviceToken("p2", scene.keychain), old, SECRET)
    credentials.begin(SignedIn(token="ad_old", user_id="u", name="", workspace=""))
    assert [credentials.access() for _ in range(3)] == ["ad_old"] * 3
    assert old.asked == 1


def test_a_token_of_the_last_release_is_exchanged_at_first_contact(scene: Scene) -> None:
    lasting = scene.office.accounts.begin(
        ANNA.id, DeviceFacts(name="old"), method="password", renewable=False
    ).token
    scene.keychain.secrets[next(iter(scene.keychain.secrets))] = lasting
    access = scene.restarted().access()
    assert scene.is_good(access)
    assert not scene.is_good(lasting)
    assert lasting not in scene.keychain.secrets.values()


def test_a_sign_in_that_has_ended_is_forgotten_and_said(scene: Scene) -> None:
    scene.office.accounts.sign_out_everywhere(ANNA.id)
    scene.clock.advance(ACCESS_LASTS)
    with pytest.raises(Refused) as caught:
        scene.credentials.access()
    assert caught.value.reason is RefusalReason.SIGN_IN
    assert not scene.credentials.signed_in
    assert scene.keychain.secrets == {}
    assert scene.credentials.access() is None
    scene.credentials.begin(scene.signed_in())
    assert scene.is_good(scene.credentials.access())


def test_a_copy_of_the_profile_on_this_computer_goes_on_with_what_the_other_left(scene: Scene) -> None:
    first, copy = (
        scene.credentials,
        Credentials(DeviceToken("p1", scene.keychain), scene.endpoint, SECRET, monotonic=scene.seconds),
    )
    for _ in range(4):
        for one in (first, copy):
            scene.clock.advance(ACCESS_LASTS)
            assert scene.is_good(one.access())


def test_without_a_keychain_it_goes_on_for_this_run(scene: Scene) -> None:
    credentials = Credentials(DeviceToken("p3", None), scene.endpoint, SECRET, monotonic=scene.seconds)
    assert not credentials.begin(scene.signed_in())
    for _ in range(3):
        scene.clock.advance(ACCESS_LASTS)
        assert scene.is_good(credentials.access())


def test_a_thousand_lost_answers_and_questions_sign_nobody_out(scene: Scene) -> None:
    """Lost at random, in whatever time, with ends of the program in between."""
    random, lost = Random(7), 0
    scene.endpoint.lose = lambda: random.choice(("", "question", "answer", "answer"))
    began = scene.clock.now()
    while lost < 1_000:
        if scene.clock.now() - began > timedelta(days=80):
            began = scene.clock.now()
            scene.credentials.begin(scene.signed_in())
        scene.clock.advance(ACCESS_LASTS)
        try:
            assert scene.is_good(scene.credentials.access())
        except Unreachable:
            lost += 1
            scene.clock.advance(timedelta(seconds=random.choice((0, 5, 61, 3_600, 30_000))))
            if random.random() < 0.3:
                scene.restarted()
    assert lost == 1_000
    assert scene.office.audited("session.token_reused") == 0


def test_who_has_the_token_alone_is_found_out(scene: Scene) -> None:
    """The control of the test above: a lost answer, and somebody comes who does not have the profile."""
    scene.endpoint.lose = lambda: "answer"
    scene.clock.advance(ACCESS_LASTS)
    with pytest.raises(Unreachable):
        scene.credentials.access()
    scene.endpoint.lose = lambda: ""
    scene.clock.advance(timedelta(seconds=61))
    with pytest.raises(Refused):
        scene.restarted("a thief's").access()
    assert scene.office.audited("session.token_reused") == 1
