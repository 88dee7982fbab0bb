"""Macros are put together, kept and taken back."""

from dataclasses import replace

import pytest

from agent_desktop.domain.knowledge import MacroAction, MacroVerb
from tests.ui.conftest import Room
from ui.models.knowledge_forms import MacroForm
from ui.viewmodels.macros import MacrosViewModel

RESOLVE = MacroForm(
    name="Thank and resolve",
    actions=(
        MacroAction(verb=MacroVerb.REPLY, value="Thank you!"),
        MacroAction(verb=MacroVerb.SET_STATUS, value="solved"),
    ),
)


@pytest.fixture
def macros(room: Room) -> MacrosViewModel:
    return MacrosViewModel(room.context)


def write(model: MacrosViewModel, form: MacroForm) -> None:
    model.begin()
    model.editor.edit(form)
    model.save()


def names(model: MacrosViewModel) -> list[str]:
    return [form.name for _, form in model.rows]


def test_a_macro_is_saved_with_its_steps_in_order(room: Room, macros: MacrosViewModel) -> None:
    write(macros, RESOLVE)
    assert room.context.desk.macros.all()[0].actions == RESOLVE.actions
    assert not macros.editor.unsaved


@pytest.mark.parametrize(
    ("form", "words"),
    [
        (replace(RESOLVE, name=""), "name"),
        (replace(RESOLVE, actions=()), "step"),
        (replace(RESOLVE, actions=(MacroAction(verb=MacroVerb.ADD_TAG, value=" "),)), "Step 1"),
    ],
)
def test_an_incomplete_macro_is_not_saved(
    room: Room, macros: MacrosViewModel, form: MacroForm, words: str
) -> None:
    write(macros, form)
    assert words in macros.editor.problem
    assert room.context.desk.macros.all() == []


def test_deleting_is_undone_from_the_notice(room: Room, macros: MacrosViewModel) -> None:
    write(macros, RESOLVE)
    macros.delete()
    assert names(macros) == []
    applied = room.navigator.messages[-1][1]
    assert applied is not None
    room.context.desk.apply.undo(applied)
    assert names(macros) == ["Thank and resolve"]


def test_a_query_finds_by_letters(macros: MacrosViewModel) -> None:
    write(macros, RESOLVE)
    write(macros, replace(RESOLVE, name="Spam"))
    macros.set_query("tar")
    assert names(macros) == ["Thank and resolve"]
