"""Which files operations name: found in the text that is stored as surely as in what it means."""

import json

from agent_desktop.domain.files import files_in, files_of, named_files_of
from agent_desktop.domain.message import AttachmentFile, Direction, MessageKind
from agent_desktop.domain.operations import encode_payload
from agent_desktop.domain.operations.importing import ImportConversation, ImportedMessage
from agent_desktop.domain.operations.message import AddNote
from tests.factories import an_id, make_channel, make_customer, make_file
from tests.fakes import START

HTML, RAW, LEAK, OTHER = (digit * 64 for digit in "abcd")
SAYS_SO = f'"sha256":"{OTHER}" \\"raw_blob":"{OTHER}", \\\\"html_blob":"'


def test_files_in_what_a_payload_is_made_of_are_named_by_it() -> None:
    def message(name: str, html: str | None, raw: str | None, *files: AttachmentFile) -> ImportedMessage:
        return ImportedMessage(
            id=an_id(name),
            direction=Direction.IN,
            kind=MessageKind.REPLY,
            created_at=START,
            text=SAYS_SO,
            files=files,
            html_blob=html,
            raw_blob=raw,
        )

    payload = ImportConversation(
        conversation_id=an_id("old"),
        customer_id=make_customer().id,
        channel_id=make_channel().id,
        subject=SAYS_SO,
        messages=(
            message("first", HTML, RAW, make_file(name="leak.png", sha256=LEAK)),
            message("second", None, None),
        ),
    )
    assert sorted(named_files_of(payload)) == [(HTML, ""), (RAW, ""), (LEAK, "leak.png")]
    text = encode_payload(payload)
    assert sorted(files_in(text)) == [HTML, RAW, LEAK] == sorted(files_of(payload))
    of_another_program = json.dumps(json.loads(text), indent=1)
    assert sorted(files_in(of_another_program)) == [HTML, RAW, LEAK]


def test_what_is_damaged_names_none() -> None:
    assert files_in('{"sha256": "' + LEAK) == []


def test_what_people_write_names_none() -> None:
    note = AddNote(conversation_id=an_id("c"), message_id=an_id("m"), text=SAYS_SO)
    assert files_in(encode_payload(note)) == [] == list(files_of(note))
