"""Recipients: each is a chip, nothing that was typed is lost, and everything can be done by keys."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from agent_desktop.services.recipients import Answer, Recipients
from tests.ui.amelia import ADDRESS, Amelia
from tests.ui.conftest import Room
from ui.models.people_text import PeopleChoice, people_words
from ui.viewmodels.address_book import AddressBook
from ui.widgets.people_rows import PeopleRows
from ui.widgets.recipient_field import MOST_SHOWN, RecipientField

BOSS = "boss@x.example"


class Told:
    """What the rows have told."""

    def __init__(self, rows: PeopleRows) -> None:
        self.people: list[Recipients] = []
        self.choices: list[PeopleChoice] = []
        rows.changed.connect(self.people.append)
        rows.chosen.connect(self.choices.append)


@pytest.fixture
def amelia(room: Room) -> Amelia:
    return Amelia(room.world)


@pytest.fixture
def rows(room: Room, amelia: Amelia, qtbot: QtBot) -> PeopleRows:
    rows = PeopleRows(room.context.theme, AddressBook(room.context.desk, room.context.tasks))
    qtbot.addWidget(rows)
    rows.resize(560, 120)
    rows.show()
    qtbot.waitExposed(rows)
    return rows


def chips(field: RecipientField) -> list[str]:
    return [chip.address for chip in field._chips]


def test_an_address_ends_with_a_comma_or_enter(rows: PeopleRows) -> None:
    told, field = Told(rows), rows.fields["To"]
    rows.open("To")
    QTest.keyClicks(field.edit, f"{BOSS},lab@x.example")
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert chips(field) == [BOSS, "lab@x.example"]
    assert told.people[-1] == Recipients((BOSS, "lab@x.example"))


def test_what_is_typed_counts_before_it_is_ended(rows: PeopleRows) -> None:
    told = Told(rows)
    rows.open("To")
    QTest.keyClicks(rows.fields["To"].edit, BOSS)
    assert told.people[-1].to == (BOSS,)


def test_pasted_addresses_become_chips_at_once(rows: PeopleRows) -> None:
    rows.open("Cc")
    field = rows.fields["Cc"]
    field.edit.setText(f"The Boss <{BOSS}>; lab@x.example")
    field.edit.textEdited.emit(field.edit.text())
    assert chips(field) == [BOSS, "lab@x.example"]


def test_what_is_no_address_is_kept_and_marked(rows: PeopleRows) -> None:
    rows.open("To")
    field = rows.fields["To"]
    QTest.keyClicks(field.edit, "boss,")
    assert chips(field) == ["boss"]
    assert "This is no e-mail address." in field._chips[0].accessibleName()


def test_backspace_writes_the_last_one_anew(rows: PeopleRows) -> None:
    rows.show_people(Recipients((ADDRESS, BOSS)))
    rows.open("To")
    field = rows.fields["To"]
    QTest.keyClick(field.edit, Qt.Key.Key_Backspace)
    assert chips(field) == [ADDRESS]
    assert field.edit.text() == BOSS
    assert field.addresses == (ADDRESS, BOSS)


def test_a_chip_is_taken_out_by_keys(rows: PeopleRows) -> None:
    told, field = Told(rows), rows.fields["To"]
    rows.show_people(Recipients((ADDRESS, BOSS)))
    rows.open("To")
    QTest.keyClick(field.edit, Qt.Key.Key_Left)
    QTest.keyClick(field._chips[1], Qt.Key.Key_Left)
    QTest.keyClick(field._chips[0], Qt.Key.Key_Delete)
    assert told.people[-1].to == (BOSS,)
    assert field.edit.hasFocus()


def test_people_are_offered_by_name_and_chosen_by_enter(rows: PeopleRows) -> None:
    rows.open("To")
    field = rows.fields["To"]
    QTest.keyClicks(field.edit, "ameli")
    assert field.list is not None
    assert field.list.isVisible()
    QTest.keyClick(field.edit, Qt.Key.Key_Return)
    assert chips(field) == [ADDRESS]


def test_fields_with_nobody_take_no_room_until_they_are_opened(rows: PeopleRows) -> None:
    rows.show_people(Recipients((ADDRESS,)))
    assert not rows.fields["Bcc"].isVisible()
    rows._more["Bcc"].click()
    assert rows.fields["Bcc"].isVisible()
    assert rows.fields["Bcc"].edit.hasFocus()


def test_one_press_answers_the_sender_alone(rows: PeopleRows) -> None:
    told = Told(rows)
    answer = Answer(Recipients((ADDRESS,)), Recipients((ADDRESS,), (BOSS,)))
    rows.say(people_words(answer, answer.everybody, ""))
    (button,) = rows._buttons
    assert button.text() == "Only the sender"
    button.click()
    assert told.choices[0].people == Recipients((ADDRESS,))
    rows.say(people_words(answer, answer.sender, ""))
    assert [button.text() for button in rows._buttons] == ["Reply to all"]


def test_where_answers_are_asked_for_is_a_question_and_can_be_taken_back() -> None:
    answer = Answer(Recipients((ADDRESS,)), Recipients((ADDRESS,)), asked=BOSS)
    words = people_words(answer, Recipients((ADDRESS,)), "")
    assert BOSS in words.sentence
    assert words.choices[0].people.to == (BOSS,)
    back = people_words(answer, Recipients((BOSS,)), "")
    assert back.choices[0].people.to == (ADDRESS,)


def test_of_many_addresses_only_the_first_take_room(rows: PeopleRows) -> None:
    field, many = rows.fields["Cc"], tuple(f"{number}@x.example" for number in range(40))
    rows.show_people(Recipients((BOSS,), many))
    shown = [chip for chip in field._chips if not chip.isHidden()]
    assert (len(shown), field._rest.text()) == (MOST_SHOWN, "34 more")
    assert field.addresses == many, "all of them are written to"
    QTest.keyClick(shown[-1], Qt.Key.Key_Right)
    assert not any(chip.isHidden() for chip in field._chips)
    assert field._rest.isHidden()
    assert field._chips[MOST_SHOWN].hasFocus()
    rows.show_people(Recipients((BOSS,), many[1:]))
    assert field._rest.text() == "33 more"


def test_a_mail_to_hundreds_says_why_the_sender_alone_is_answered() -> None:
    many = tuple(f"{number}@x.example" for number in range(200))
    answer = Answer(Recipients((BOSS,)), Recipients((BOSS,), many))
    words = people_words(answer, answer.usual, "")
    assert words.sentence == "It went to more people than an answer can go to, so nobody else gets a copy."
    (choice,) = words.choices
    assert (choice.title, choice.spoken) == ("Reply to all", "Answer everybody: 201 people")
