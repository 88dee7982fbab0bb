"""Canned responses are written, tried out, warned about and taken back."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent_desktop.domain.knowledge import Audience
from tests.ui.conftest import Room
from ui.models.knowledge_forms import CannedForm
from ui.viewmodels.canned_responses import CannedResponsesViewModel

REFUND = CannedForm(shortcut="/refund", title="Refund made", body="Hi {{ customer.first_name }}, it is done.")


@pytest.fixture
def canned(room: Room) -> CannedResponsesViewModel:
    return CannedResponsesViewModel(room.context)


def write(model: CannedResponsesViewModel, form: CannedForm) -> None:
    model.begin()
    model.editor.edit(form)
    model.save()


def shortcuts(model: CannedResponsesViewModel) -> list[str]:
    return [form.shortcut for _, form, _ in model.rows]


def test_a_new_one_is_personal_until_it_is_shared(room: Room, canned: CannedResponsesViewModel) -> None:
    canned.begin()
    assert canned.editor.form.audience is Audience.PERSONAL
    canned.editor.edit(replace(REFUND, audience=Audience.PERSONAL, owner_id=room.context.desk.user_id))
    canned.save()
    saved = room.context.desk.knowledge.canned()[0]
    assert (saved.shortcut, saved.owner_id) == ("refund", room.context.desk.user_id)
    assert not canned.editor.unsaved


def test_the_slash_is_not_part_of_the_shortcut(canned: CannedResponsesViewModel) -> None:
    write(canned, REFUND)
    assert shortcuts(canned) == ["refund"]
    assert canned.editor.form.shortcut == "refund"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (replace(REFUND, shortcut=" / "), "shortcut"),
        (replace(REFUND, shortcut="two words"), "one word"),
        (replace(REFUND, title=" "), "title"),
        (replace(REFUND, body="{{ order.id }}"), "no placeholder of this name"),
        (replace(REFUND, audience=Audience.TEAM), "team"),
    ],
)
def test_problems_are_said_and_nothing_is_saved(
    room: Room, canned: CannedResponsesViewModel, form: CannedForm, words: str
) -> None:
    write(canned, form)
    assert words in canned.editor.problem
    assert room.context.desk.knowledge.canned() == []


def test_a_shortcut_that_is_taken_is_warned_of(canned: CannedResponsesViewModel) -> None:
    write(canned, REFUND)
    canned.begin()
    canned.editor.edit(replace(REFUND, shortcut="REFUND", title="Another"))
    assert canned.duplicate is not None
    assert canned.duplicate.title == "Refund made"
    canned.editor.edit(replace(REFUND, shortcut="refund2"))
    assert canned.duplicate is None


def test_the_preview_fills_placeholders_for_a_sample_customer(canned: CannedResponsesViewModel) -> None:
    canned.begin()
    canned.editor.edit(replace(REFUND, body="Hi {{ customer.first_name }}, {{ nobody }}, {{ agent.name }}"))
    preview = canned.preview()
    assert preview.text == "Hi Amelia, {{ nobody }}, Maya Keller"
    assert [item.source for item in preview.unresolved] == ["{{ nobody }}"]


def test_deleting_is_undone_from_the_notice(room: Room, canned: CannedResponsesViewModel) -> None:
    write(canned, REFUND)
    canned.delete()
    assert shortcuts(canned) == []
    assert canned.editor.id is None
    applied = room.navigator.messages[-1][1]
    assert applied is not None
    room.context.desk.apply.undo(applied)
    assert shortcuts(canned) == ["refund"]


def test_files_go_with_the_text(canned: CannedResponsesViewModel, tmp_path: Path) -> None:
    path = tmp_path / "label.pdf"
    path.write_bytes(b"%PDF")
    write(canned, REFUND)
    canned.attach((path,))
    assert [file.name for file in canned.editor.form.files] == ["label.pdf"]
    canned.save()
    assert canned.editor.saved is not None
    canned.detach(canned.editor.saved.files[0])
    assert canned.editor.form.files == ()
    assert canned.editor.unsaved


def test_a_query_finds_by_shortcut_and_words(canned: CannedResponsesViewModel) -> None:
    write(canned, REFUND)
    write(canned, replace(REFUND, shortcut="late", title="Parcel is late", body="Sorry."))
    canned.set_query("/ref")
    assert shortcuts(canned) == ["refund"]
    canned.set_query("parcel")
    assert shortcuts(canned) == ["late"]
