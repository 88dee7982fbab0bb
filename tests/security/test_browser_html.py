"""Cleaned HTML in a real browser: nothing executes, loads or escapes; the same fragments uncleaned do all of it."""

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from agent_desktop.services.html.clean import clean_for_storage, clean_html
from tests.browser import Browser, NotInstalled, Page
from tests.security.hostile_pages import HostilePages, Seen
from tests.services.html.attacks import ATTACKS, REMOTE_FORMS

pytestmark = pytest.mark.peer

OWN = [*ATTACKS, *REMOTE_FORMS]

CLEANERS: dict[str, Callable[[str], str]] = {
    "shown": lambda html: clean_html(html, {}).html,
    "kept": clean_for_storage,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        browser = Browser()
    except NotInstalled as error:
        pytest.skip(str(error))
    with browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.page()
    yield page
    page.close()


def show(page: Page, fragments: Iterable[str]) -> Seen:
    """What the browser does with them. Many attacks are the same once they are cleaned: each is shown once."""
    fragments = list(dict.fromkeys(fragments))
    with HostilePages(fragments) as pages:
        return pages.show(page, patience=2_000, settle=200)


@pytest.mark.parametrize("cleaner", CLEANERS)
def test_nothing_of_attacks_happens_in_a_browser(page: Page, cleaner: str) -> None:
    clean = CLEANERS[cleaner]
    contexts = [clean(attack) for attack in OWN] + [
        clean(f"<table><td><b>before {attack} after") for attack in OWN
    ]
    assert show(page, contexts) == Seen()


def test_attacks_that_are_not_cleaned_do_everything(page: Page) -> None:
    seen = show(page, OWN)
    assert len(seen.executed) >= 10
    assert len(seen.loaded) >= 60
    assert len(seen.escaped) >= 60


def collected(shared: Path) -> list[str]:
    with gzip.open(shared / "data/html/attack_payloads.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["payload"] for line in lines]


@pytest.mark.parametrize("cleaner", CLEANERS)
def test_nothing_of_collected_attacks_happens_in_a_browser(page: Page, shared: Path, cleaner: str) -> None:
    assert show(page, [CLEANERS[cleaner](payload) for payload in collected(shared)]) == Seen()


def test_collected_attacks_that_are_not_cleaned_do_everything(page: Page, shared: Path) -> None:
    seen = show(page, collected(shared)[::3])
    assert len(seen.executed) >= 60
    assert len(seen.loaded) >= 8
    assert len(seen.escaped) >= 100


def test_nothing_of_real_mails_is_fetched_before_somebody_asks(page: Page, shared: Path) -> None:
    with gzip.open(shared / "data/html/benign_mail.jsonl.gz", "rt", encoding="utf-8") as lines:
        mails = [json.loads(line)["html"] for line in lines]
    assert show(page, [clean_for_storage(mail) for mail in mails]) == Seen()
