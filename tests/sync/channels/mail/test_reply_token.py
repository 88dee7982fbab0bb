"""What we sign is known again, and nobody else can make it."""

import base64
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.domain.ids import Id
from sync.channels.mail.reply_token import ReplyTokens
from sync.server.keys import ServerKey

TOKENS = ReplyTokens(ServerKey(bytes(range(32))))
OTHERS = ReplyTokens(ServerKey(bytes(32)))
ids = st.binary(min_size=16, max_size=16).map(bytes.hex)


@given(ids)
def test_every_name_of_a_reply_leads_back_to_it(message_id: Id) -> None:
    name = TOKENS.message_id(message_id, "example.test")
    address = TOKENS.address(message_id, "support@example.test")
    for written in (name, f"<{name}>", f" <{name}>\t", address, address.upper(), address.title()):
        assert TOKENS.verify(written) == message_id
        assert OTHERS.verify(written) is None
    assert TOKENS.message_id(message_id, "example.test") == name


def test_ten_thousand_forged_names_name_nothing() -> None:
    chance = Random(5)
    message_id = "0190b0e0a1b27c3d8e4f5a6b7c8d9e0f"
    right = TOKENS.message_id(message_id, "example.test")
    address = TOKENS.address(message_id, "support@example.test")
    for number in range(10_000):
        signature = chance.getrandbits(64).to_bytes(8, "big")
        assert TOKENS.verify(f"<{message_id}.{signature.hex()}@example.test>") is None
        token = base64.b32encode(bytes.fromhex(message_id) + signature).rstrip(b"=").decode().lower()
        assert TOKENS.verify(f"support+r.{token}@example.test") is None
        # One character of a right one is another.
        for name, end in ((right, right.index("@")), (address, address.index("@"))):
            start = name.index("+r.") + 3 if "+" in name else 0
            place = start + number % (end - start)
            other = chance.choice([one for one in "0123456789abcdef234567ghz." if one != name[place]])
            forged = name[:place] + other + name[place + 1 :]
            assert TOKENS.verify(forged) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "@",
        "<>",
        "0190b0e0a1b27c3d8e4f5a6b7c8d9e0f@example.test",
        "0190b0e0a1b27c3d8e4f5a6b7c8d9e0f.@example.test",
        "0190b0e0a1b27c3d8e4f5a6b7c8d9e0f.0000000000000000",
        "support+r.@example.test",
        f"support+r.{'a' * 38}@example.test",
        f"support+r.{'1' * 39}@example.test",
        "support+r.ａａ@example.test",
        "٠" * 32 + "." + "٠" * 16 + "@example.test",
    ],
)
def test_what_is_no_name_of_ours_names_nothing(name: str) -> None:
    assert TOKENS.verify(name) is None


@given(st.text(max_size=120))
def test_whatever_comes_is_answered(name: str) -> None:
    assert TOKENS.verify(name) is None


def test_an_address_that_would_be_too_long_stays_plain() -> None:
    assert TOKENS.address("0" * 32, f"{'a' * 23}@example.test") == f"{'a' * 23}@example.test"
    assert TOKENS.address("0" * 32, "nobody") == "nobody"
    assert len(TOKENS.address("0" * 32, f"{'a' * 22}@example.test").partition("@")[0]) == 64
