"""Which conversation a mail goes to: signed names of ours, references, and what is only suggested."""

import itertools
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.conversation_merging import survivor_of_conversation
from agent_desktop.domain.customer import Identity
from agent_desktop.domain.ids import Id
from agent_desktop.domain.mail_kind import MailKind
from agent_desktop.domain.operations.conversation import SetTeam
from agent_desktop.domain.operations.customer import Address, CreateCustomer
from agent_desktop.domain.operations.workspace import SaveTeam
from agent_desktop.domain.rows import Rows
from agent_desktop.domain.scopes import channel_scope, team_scope
from agent_desktop.domain.workspace import Channel, ChannelKind, Reopening
from sync.server.mail import threads
from tests.factories import make_channel, make_conversation
from tests.fakes import START
from tests.sync.server.mailroom import HOST, Mailroom, a_mail, dmarc

OTHER = "Eve <eve@elsewhere.example>"


def test_an_answer_to_a_reply_of_ours_goes_to_its_conversation(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a"))
    name = mailroom.reply(conversation)
    answer, found = mailroom.one(a_mail("2@a", "Something else", answers=name, sender=OTHER))
    assert found.id == conversation.id
    assert mailroom.customer_of(answer).name == "Eve", "who wrote is kept apart from whose conversation it is"


def test_a_plus_address_of_ours_says_the_same(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a"))
    name = mailroom.reply(conversation)
    address = mailroom.tokens.address(name.partition(".")[0], "support@example.org")
    _, found = mailroom.one(a_mail("2@a", "New program", to=address))
    assert found.id == conversation.id


def test_a_forged_name_is_nothing(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a"))
    name = mailroom.reply(conversation)
    message_id, _, rest = name.partition(".")
    signature, _, domain = rest.partition("@")
    flipped = f"{int(signature, 16) ^ 1:016x}"
    _, found = mailroom.one(a_mail("2@a", "Kettle", answers=f"{message_id}.{flipped}@{domain}", sender=OTHER))
    assert found.id != conversation.id
    assert found.suggested_id is None


def test_a_sender_who_is_not_who_they_say_is_only_suggested(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a"))
    name = mailroom.reply(conversation)
    for number, refers in enumerate(([name], ["1@a"])):
        _, found = mailroom.one(a_mail(f"x{number}@a", "Re: Kettle", refers=refers, **dmarc("fail")))
        assert found.id != conversation.id
        assert found.suggested_id == conversation.id
    _, found = mailroom.one(a_mail("2@a", "Re: Kettle", refers=[name], **dmarc("pass")))
    assert found.id == conversation.id


NOBODY = {
    "authentication_results": f"{HOST}; spf=pass smtp.mailfrom=evil.example; dmarc=none header.from=example.com"
}
ALIGNED = {"authentication_results": f"{HOST}; spf=pass smtp.mailfrom=b@bounces.example.com; dmarc=none"}


def test_a_sender_whom_nothing_speaks_for_is_only_suggested(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a"))
    for number, subject in enumerate(("Kettle", "Re: Kettle")):
        _, found = mailroom.one(a_mail(f"x{number}@a", subject, refers=["1@a"], **NOBODY))
        assert found.id != conversation.id
        assert found.suggested_id == conversation.id
    _, found = mailroom.one(a_mail("2@a", "Re: Kettle", refers=["1@a"], **ALIGNED))
    assert found.id == conversation.id, "their domain says who sends for it, if not what becomes of others"
    name = mailroom.reply(conversation)
    _, found = mailroom.one(a_mail("3@a", "Re: Kettle", refers=["1@a", name], **NOBODY))
    assert found.id == conversation.id, "who answers a reply of ours has got it"


@pytest.mark.parametrize("together", [False, True], ids=["later", "in one batch"])
def test_a_domain_that_proved_a_mail_has_to_prove_the_next(mailroom: Mailroom, together: bool) -> None:
    proven = a_mail("1@a", cc="Bo <bo@example.net>", **dmarc("pass"))
    later = {
        "2@a": a_mail("2@a", "Re: Kettle", refers=["1@a"]),
        "3@a": a_mail("3@a", "Re: Kettle", refers=["1@a"], sender="Ann <ann@example.com>"),
        "4@a": a_mail("4@a", "Re: Kettle", refers=["1@a"], sender="Bo <bo@example.net>"),
        "5@a": a_mail("5@a", "Re: Kettle", refers=["1@a"], **dmarc("pass")),
    }
    received = mailroom.arrive(proven, *later.values()) if together else mailroom.arrive(proven)
    received = received if together else mailroom.arrive(*later.values())
    placed = {one.external_id: received.conversations[one.conversation_id] for one in received.messages}
    first = placed["1@a"].id
    assert [name for name in later if placed[name].id == first] == ["4@a", "5@a"], (
        "of Bo nothing was known before"
    )
    assert all(placed[name].suggested_id == first for name in ("2@a", "3@a"))


def test_references_count_for_those_who_take_part_and_speak_of_the_same(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a", cc="Bo <bo@example.net>"))
    _, same = mailroom.one(a_mail("2@a", "RE: kettle ", refers=["1@a"]))
    assert same.id == conversation.id
    _, copied = mailroom.one(a_mail("3@a", "Aw: Kettle", refers=["1@a"], sender="bo@EXAMPLE.net"))
    assert copied.id == conversation.id, "who got a copy takes part"
    _, subject = mailroom.one(a_mail("4@a", "Refund", refers=["1@a"]))
    assert subject.id != conversation.id
    assert subject.suggested_id == conversation.id
    _, stranger = mailroom.one(a_mail("5@a", "Re: Kettle", refers=["1@a"], sender=OTHER))
    assert stranger.suggested_id == conversation.id


def test_ten_thousand_guessed_names_attach_nothing(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a"))
    name = mailroom.reply(conversation)
    message_id = name.partition(".")[0]
    for block in range(100):
        guesses = [f"{message_id}.{block * 100 + number:016x}@example.org" for number in range(100)]
        mailroom.keep(a_mail(f"g{block}@e", "Re: Kettle", refers=guesses, sender=f"e{block}@evil.example"))
    mailroom.work()
    received = mailroom.look()
    others = [message for message in received.messages if message.external_id != "1@a"]
    assert len(others) == 100
    assert all(message.conversation_id != conversation.id for message in others)
    assert received.conversations[conversation.id].message_count == 2


def test_a_name_that_hundreds_refer_to_makes_no_mail_dearer(
    sqlite_mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = sqlite_mailroom
    _, conversation = room.one(a_mail("1@a"))
    looked_at: list[str] = []

    def counting(rows: Rows, conversation_id: Id) -> Conversation | None:
        looked_at.append(conversation_id)
        return survivor_of_conversation(rows, conversation_id)

    monkeypatch.setattr(threads, "survivor_of_conversation", counting)
    counts = []
    for batch in range(4):
        for number in range(25):
            sender = f"e{batch}.{number}@elsewhere.example"
            room.keep(a_mail(f"{batch}.{number}@e", "Re: Kettle", refers=["1@a"], sender=sender))
        room.work()
        counts.append(len(looked_at))
        looked_at.clear()
    assert counts[3] < 1.2 * counts[1], "of other conversations"
    _, late = room.one(a_mail("late@e", "Re: Kettle", refers=["1@a"], sender=OTHER))
    assert late.suggested_id == conversation.id, "the first that had the name is found still"


def test_an_answer_that_refers_to_nothing_is_suggested_by_its_subject(mailroom: Mailroom) -> None:
    _, conversation = mailroom.one(a_mail("1@a"))
    _, answer = mailroom.one(a_mail("2@a", "Re: Kettle"))
    assert answer.suggested_id == conversation.id
    _, new = mailroom.one(
        a_mail("3@a", "Kettle", date=format_datetime(mailroom.clock.now() + timedelta(minutes=1)))
    )
    assert new.suggested_id is None, "it is no answer"
    _, late = mailroom.one(a_mail("3b@a", "Kettle", date=format_datetime(START)))
    assert late.suggested_id is not None, "what was answered came after its answer"
    _, stranger = mailroom.one(a_mail("4@a", "Re: Kettle", sender=OTHER))
    assert stranger.suggested_id is None
    mailroom.clock.advance(timedelta(days=40))
    _, late = mailroom.one(a_mail("5@a", "Re: Kettle"))
    assert late.suggested_id is None


@pytest.mark.parametrize(
    "order", list(itertools.permutations(range(4))), ids=lambda order: "".join(map(str, order))
)
def test_the_order_of_arrival_makes_no_difference(sqlite_mailroom: Mailroom, order: tuple[int, ...]) -> None:
    mails = [
        a_mail("1@a"),
        a_mail("2@a", "Re: Kettle", refers=["1@a"], sender=OTHER),
        a_mail("3@a", "Re: Kettle", refers=["1@a", "2@a"]),
        a_mail("4@a", "Other words", refers=["3@a"], sender="zoe@example.net"),
    ]
    for place in order:
        sqlite_mailroom.arrive(mails[place])
    received = sqlite_mailroom.look()
    tops = set()
    for message in received.messages:
        conversation = received.conversations[message.conversation_id]
        while conversation.suggested_id:
            conversation = received.conversations[conversation.suggested_id]
        tops.add(conversation.id)
    assert len(tops) == 1, "all of them are found together, or one key joins them"


def test_what_came_to_two_mailboxes_goes_on_in_each(mailroom: Mailroom) -> None:
    sales = make_channel(name="Sales", address="sales@example.org")
    mailroom.configure(channel_id=sales.id, name="Sales", address="sales@example.org")
    raw = a_mail("1@a", to="support@example.org, sales@example.org")
    _, here = mailroom.one(raw)
    _, there = mailroom.one(raw, channel=sales)
    assert here.id != there.id
    _, answer = mailroom.one(a_mail("2@a", "Re: Kettle", refers=["1@a"]), channel=sales)
    assert answer.id == there.id


class TestReopening:
    """What becomes of a mail to a conversation that was worked off."""

    @pytest.mark.parametrize(
        ("mode", "days", "goes_on"),
        [
            (Reopening.ALWAYS, 100, True),
            (Reopening.NEVER, 0, False),
            (Reopening.WITHIN, 13, True),
            (Reopening.WITHIN, 15, False),
        ],
    )
    def test_of_a_solved_one(self, mailroom: Mailroom, mode: Reopening, days: int, goes_on: bool) -> None:
        mailroom.configure(reopening=mode, reopen_days=14)
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        mailroom.set_status(conversation, Status.SOLVED)
        mailroom.clock.advance(timedelta(days=days))
        _, found = mailroom.one(a_mail("2@a", "Re: Kettle", answers=name))
        assert (found.id == conversation.id) is goes_on
        assert found.status is Status.OPEN
        assert found.follow_up_of == (None if goes_on else conversation.id)
        before = mailroom.look().conversations[conversation.id]
        assert before.status is (Status.OPEN if goes_on else Status.SOLVED)

    def test_a_closed_one_is_followed_once(self, mailroom: Mailroom) -> None:
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        mailroom.set_status(conversation, Status.CLOSED)
        _, follower = mailroom.one(a_mail("2@a", "Re: Kettle", answers=name))
        assert follower.follow_up_of == conversation.id
        _, again = mailroom.one(a_mail("3@a", "Re: Kettle", answers=name))
        assert again.id == follower.id, "a second answer goes where the first went"
        received = mailroom.arrive(
            a_mail("4@a", "Re: Kettle", answers=name), a_mail("5@a", "Re: Kettle", answers=name)
        )
        assert len(received.conversations) == 3, "the follow-up, what it follows, and the one of the template"

    def test_two_answers_in_one_batch_make_one_follow_up(self, mailroom: Mailroom) -> None:
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        mailroom.set_status(conversation, Status.CLOSED)
        received = mailroom.arrive(
            a_mail("2@a", "Re: Kettle", answers=name), a_mail("3@a", "Re: Kettle", answers=name)
        )
        followers = [one for one in received.conversations.values() if one.follow_up_of == conversation.id]
        assert [one.message_count for one in followers] == [2]

    def test_a_program_opens_nothing(self, mailroom: Mailroom) -> None:
        mailroom.configure(reopening=Reopening.NEVER)
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        mailroom.set_status(conversation, Status.SOLVED)
        message, found = mailroom.one(
            a_mail("2@a", "Out of office", answers=name, auto_submitted="auto-replied")
        )
        assert message.automatic
        assert message.mail_kind is MailKind.AUTOMATIC
        assert (found.id, found.status, found.waiting_since) == (conversation.id, Status.SOLVED, None)


class TestCustomers:
    """Who is meant by an address."""

    def test_an_address_is_somebody_once(self, mailroom: Mailroom) -> None:
        one, _ = mailroom.one(a_mail("1@a", sender="Mia Roth <mia@example.com>"))
        other, _ = mailroom.one(a_mail("2@a", "Else", sender="MIA@Example.COM"))
        assert one.author_id == other.author_id
        assert mailroom.customer_of(one).name == "Mia Roth"

    def test_known_ones_are_found_and_nobody_is_merged_by_name(self, mailroom: Mailroom) -> None:
        mailroom.commit(
            CreateCustomer(
                customer_id="c" * 32,
                name="Mia Roth",
                addresses=(Address(kind=ChannelKind.EMAIL, address="Mia@example.com"),),
            )
        )
        known, _ = mailroom.one(a_mail("1@a", sender="M. <mia@example.com>"))
        assert known.author_id == "c" * 32
        named, _ = mailroom.one(a_mail("2@a", sender="Mia Roth <roth@example.net>"))
        assert named.author_id not in ("c" * 32, None)

    def test_nobody_with_an_address_is_somebody_each_time(self, mailroom: Mailroom) -> None:
        one, _ = mailroom.one(a_mail("1@a", sender="Mia Roth"))
        other, _ = mailroom.one(a_mail("2@a", sender="Mia Roth"))
        assert one.author_id != other.author_id

    def test_those_who_get_copies_are_noted_and_no_customers(self, mailroom: Mailroom) -> None:
        message, _ = mailroom.one(a_mail("1@a", cc="Bo <bo@example.net>", reply_to="office@example.com"))
        assert (message.to, message.cc) == (("support@example.org",), ("bo@example.net",))
        assert message.reply_to == "office@example.com"
        assert not mailroom.rows(Identity, address="bo@example.net")

    def test_of_somebody_with_several_addresses_the_one_they_wrote_from_is_noted(
        self, mailroom: Mailroom
    ) -> None:
        addresses = ("mia@home.example", "mia@work.example")
        mailroom.commit(
            CreateCustomer(
                customer_id="c" * 32,
                name="Mia Roth",
                addresses=tuple(Address(kind=ChannelKind.EMAIL, address=one) for one in addresses),
            )
        )
        for number, address in enumerate(addresses):
            message, _ = mailroom.one(a_mail(f"{number}@a", sender=f"Mia <{address}>"))
            assert (message.sender, message.reply_to) == (f"Mia <{address}>", "")

    def test_our_own_address_is_never_one_of_us(self, mailroom: Mailroom) -> None:
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        message, found = mailroom.one(
            a_mail("2@a", "Re: Kettle", answers=name, sender="Support <support@example.org>")
        )
        assert found.id != conversation.id
        assert found.suggested_id == conversation.id
        assert message.direction.value == "in"

    def test_our_own_copy_comes_back_and_is_nothing_new(self, mailroom: Mailroom) -> None:
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        before = len(mailroom.look().messages)
        mailroom.arrive(a_mail(name, "Re: Kettle", sender="Support <support@example.org>"))
        assert len(mailroom.look().messages) == before
        assert mailroom.states()["own"] == 1

    def test_somebody_elses_mail_that_is_called_as_ours_is_a_mail(self, mailroom: Mailroom) -> None:
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        message, _ = mailroom.one(a_mail(name, "Re: Kettle", text="Listen!", sender=OTHER))
        assert message.text == "Listen!"


def test_the_conversation_of_the_template_is_left_alone(mailroom: Mailroom) -> None:
    mailroom.one(a_mail("1@a"))
    assert mailroom.look().conversations[make_conversation().id].message_count == 0


class TestPrivateMailboxes:
    """What comes to a mailbox that few may read is shown to nobody else, whatever it refers to."""

    @pytest.mark.parametrize("by_name", [False, True])
    def test_their_mail_goes_on_in_no_conversation_of_others(self, mailroom: Mailroom, by_name: bool) -> None:
        staff = private_mailbox(mailroom)
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        refers = name if by_name else "1@a"
        message, found = mailroom.one(
            a_mail("2@a", "Re: Kettle", "About Anna", refers=[refers]), channel=staff
        )
        assert message.scope == found.scope == channel_scope(staff.id)
        assert found.suggested_id == conversation.id

    def test_they_go_on_in_their_own(self, mailroom: Mailroom) -> None:
        staff = private_mailbox(mailroom)
        _, conversation = mailroom.one(a_mail("1@a"), channel=staff)
        name = mailroom.reply(conversation)
        message, found = mailroom.one(a_mail("2@a", "Re: Kettle", refers=[name]), channel=staff)
        assert found.id == conversation.id
        assert message.scope == channel_scope(staff.id)

    def test_what_came_to_all_goes_on_where_few_see_it(self, mailroom: Mailroom) -> None:
        """It was moved to a private team, and its customer goes on writing to the address that they know."""
        team = mailroom.ids.new()
        mailroom.commit(SaveTeam(team_id=team, name="Law", private=True))
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(conversation)
        mailroom.commit(SetTeam(conversation_id=conversation.id, team_id=team))
        message, found = mailroom.one(a_mail("2@a", "Re: Kettle", refers=[name]))
        assert (found.id, message.scope) == (conversation.id, team_scope(team))

    def test_an_answer_to_what_they_sent_goes_on_where_it_was_sent_from(self, mailroom: Mailroom) -> None:
        staff = private_mailbox(mailroom)
        _, conversation = mailroom.one(a_mail("1@a"))
        name = mailroom.reply(replace(conversation, channel_id=staff.id))
        _, found = mailroom.one(a_mail("2@a", "Re: Kettle", refers=[name]), channel=staff)
        assert found.id == conversation.id

    def test_what_follows_in_public_is_not_where_their_mail_goes_on(self, mailroom: Mailroom) -> None:
        staff = private_mailbox(mailroom)
        _, conversation = mailroom.one(a_mail("1@a"), channel=staff)
        name = mailroom.reply(conversation)
        mailroom.set_status(conversation, Status.CLOSED)
        _, public = mailroom.one(a_mail("2@a", "Re: Kettle", refers=[name]))
        assert public.follow_up_of == conversation.id
        message, found = mailroom.one(a_mail("3@a", "Re: Kettle", refers=[name]), channel=staff)
        assert message.scope == found.scope == channel_scope(staff.id)
        assert found.follow_up_of == conversation.id

    def test_what_was_moved_from_one_private_place_to_another_goes_on_there(self, mailroom: Mailroom) -> None:
        team, staff = mailroom.ids.new(), private_mailbox(mailroom)
        mailroom.commit(SaveTeam(team_id=team, name="Law", private=True))
        _, conversation = mailroom.one(a_mail("1@a"), channel=staff)
        name = mailroom.reply(conversation)
        mailroom.commit(SetTeam(conversation_id=conversation.id, team_id=team))
        message, found = mailroom.one(a_mail("2@a", "Re: Kettle", refers=[name]), channel=staff)
        assert (found.id, message.scope) == (conversation.id, team_scope(team))


def private_mailbox(mailroom: Mailroom) -> Channel:
    staff = make_channel(name="Staff", address="staff@example.org")
    mailroom.configure(channel_id=staff.id, name="Staff", address="staff@example.org", private=True)
    return staff
