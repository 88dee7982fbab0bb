"""The parser of server-sent events: the same events, wherever the bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.client.events import Event, EventParser, EventTooLarge


def parsed(*pieces: bytes) -> list[Event]:
    parser = EventParser()
    return [event for piece in pieces for event in parser.feed(piece)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_an_event_of_each_kind_of_line(end: bytes) -> None:
    lines = [b"event: delta", b"id: 7", b'data: {"a":', b"data: 1}", b"", b""]
    assert parsed(end.join(lines)) == [Event("delta", b'{"a":\n1}')]


def test_comments_and_unknown_fields_say_nothing() -> None:
    assert parsed(b": ping\n\n", b"retry: 100\nthing\nid: 3\n\n", b"data:x\n\n") == [Event("message", b"x")]


def test_an_event_without_data_is_none() -> None:
    assert parsed(b"event: bye\n\ndata: x\n\n") == [Event("message", b"x")]
    assert parsed(b"event: bye\ndata:\n\n") == [Event("bye", b"")]


def test_an_event_without_its_blank_line_was_not_received() -> None:
    assert parsed(b"data: 1\n\ndata: 2\n") == [Event("message", b"1")]
    assert parsed(b"data: 1\r", b"\n") == []


def test_one_space_belongs_to_the_colon_and_other_characters_end_no_line() -> None:
    data = " a\x0b\x0c\x1c\x85\u2028b ".encode()
    assert parsed(b"data: " + data + b"\n\n") == [Event("message", data)]


def test_the_mark_of_utf_8_is_no_part_of_a_field() -> None:
    assert parsed(b"\xef", b"\xbb\xbfdata: x\n\n") == [Event("message", b"x")]


def test_what_never_ends_is_not_collected() -> None:
    for piece in (b"x" * 60, b"data: 12345678\n" * 7):
        parser = EventParser(largest=100)
        parser.feed(piece)
        with pytest.raises(EventTooLarge):
            parser.feed(piece)


TEXTS = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)))
LINES = st.sampled_from(
    [
        b"data: 1",
        b"data:2",
        b"data",
        b"event: delta",
        b"event:poke",
        b"id: 4",
        b": ping",
        b":",
        b"",
        b"",
        b"odd",
    ]
) | st.binary(max_size=6).map(lambda data: b"data:" + data)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\n", b"\r\n", b"\r"]))).map(
    lambda lines: b"".join(line + end for line, end in lines)
)


@given(data=STREAMS | st.binary(), cuts=st.lists(st.integers(0, 200)))
def test_cuts_change_nothing(data: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut for cut in cuts if cut <= len(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(places)]
    assert b"".join(pieces) == data
    assert parsed(*pieces) == parsed(data)
    assert parsed(*(bytes([byte]) for byte in data)) == parsed(data)


@given(st.lists(st.tuples(st.sampled_from(["delta", "poke"]), TEXTS)))
def test_what_was_written_is_read(events: list[tuple[str, str]]) -> None:
    written = b"".join(f"event: {name}\ndata: {data}\n\n".encode() for name, data in events)
    assert [(event.name, event.data.decode()) for event in parsed(written)] == events
