"""The key of a server: what it seals only it opens, for one purpose and about one thing."""

import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.errors import InputError
from sync.server.keys import NotSealedHere, ServerKey

KEY = ServerKey(bytes(range(32)))


@given(plain=st.binary(max_size=200), about=st.text(max_size=20))
def test_what_was_sealed_is_opened(plain: bytes, about: str) -> None:
    sealed = KEY.seal("purpose", plain, about)
    assert sealed.isascii()
    assert KEY.open("purpose", sealed, about) == plain


@given(position=st.integers(0, 60), change=st.integers(1, 255))
def test_whatever_is_changed_opens_nothing(position: int, change: int) -> None:
    sealed = bytearray(KEY.seal("purpose", b"a secret of some length", "anna").encode())
    at = position % len(sealed)
    sealed[at] = sealed[at] ^ change
    with pytest.raises(NotSealedHere):
        KEY.open("purpose", sealed.decode("latin-1"), "anna")


def test_another_purpose_another_subject_another_key_open_nothing() -> None:
    sealed = KEY.seal("purpose", b"secret", "anna")
    for key, purpose, about in (
        (KEY, "other", "anna"),
        (KEY, "purpose", "ben"),
        (ServerKey.generate(), "purpose", "anna"),
    ):
        with pytest.raises(NotSealedHere):
            key.open(purpose, sealed, about)
    with pytest.raises(NotSealedHere):
        KEY.open("purpose", "", "anna")


def test_parts_of_a_digest_are_told_apart() -> None:
    assert len({KEY.digest("p", *parts) for parts in (("ab", "c"), ("a", "bc"), ("abc",), ("abc", ""))}) == 4
    assert KEY.digest("p", "a") != KEY.digest("q", "a")
    assert KEY.digest("p", "a") == ServerKey(bytes(range(32))).digest("p", "a")


def test_a_key_file_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "server.key"
    with ThreadPoolExecutor(8) as pool:
        made = {key.digest("p", "x") for key in pool.map(lambda _: ServerKey.of_file(path), range(16))}
    assert len(made) == 1
    assert [file.name for file in path.parent.iterdir()] == ["server.key"]
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "short", "AAAA", "ä" * 44, "A" * 45])
def test_what_is_no_key_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        ServerKey.parse(text)
    path = tmp_path / "server.key"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError):
        ServerKey.of_file(path)
    assert path.read_text("utf-8") == text, "it is never replaced: something may be sealed with it"
