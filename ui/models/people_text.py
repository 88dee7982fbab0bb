"""What is said about the recipients of a reply, and which others are offered."""

from dataclasses import dataclass

from agent_desktop.services.recipients import Answer, Recipients

_MOST_NAMED = 12


@dataclass(frozen=True, slots=True)
class PeopleChoice:
    """Other recipients that one press chooses."""

    title: str
    spoken: str
    people: Recipients


@dataclass(frozen=True, slots=True)
class PeopleWords:
    """A problem, a sentence that explains, and what is offered."""

    problem: str = ""
    sentence: str = ""
    choices: tuple[PeopleChoice, ...] = ()


def people_words(answer: Answer, people: Recipients, problem: str) -> PeopleWords:
    """What stands below the recipients of a reply."""
    sentences, choices = [], []
    if answer.asked:
        if answer.asked in people.to:
            sentences.append(f"Goes to {answer.asked}, as the sender asked; they could not be confirmed.")
            back = answer.sender.to[:1]
            if back:
                choices.append(
                    PeopleChoice(
                        "Use the sender's address",
                        f"Answer {back[0]}",
                        Recipients(back, people.cc, people.bcc),
                    )
                )
        else:
            sentences.append(f"The sender wants answers at {answer.asked}.")
            wanted = Recipients((answer.asked,), people.cc, people.bcc)
            choices.append(PeopleChoice("Answer there", f"Answer {answer.asked}", wanted))
    here = Recipients(people.to, people.cc)
    if answer.everybody != answer.sender:
        if here == answer.everybody:
            only = Recipients(answer.sender.to, (), people.bcc)
            choices.append(
                PeopleChoice("Only the sender", f"Answer {', '.join(only.to)} and nobody else", only)
            )
        else:
            everybody = Recipients(answer.everybody.to, answer.everybody.cc, people.bcc)
            addresses = (*everybody.to, *everybody.cc)
            names = ", ".join(addresses) if len(addresses) <= _MOST_NAMED else f"{len(addresses):,} people"
            choices.append(PeopleChoice("Reply to all", f"Answer everybody: {names}", everybody))
    if answer.doubtful and here == answer.sender and answer.everybody != answer.sender:
        sentences.append("They could not be confirmed, so nobody else gets a copy.")
    if answer.too_many and here == answer.sender:
        sentences.append("It went to more people than an answer can go to, so nobody else gets a copy.")
    return PeopleWords(problem, " ".join(sentences), tuple(choices))


def shows_people(answer: Answer, people: Recipients) -> bool:
    """Whether there is more to see than the one address that a channel shows by itself."""
    return people.count > 1 or bool(answer.asked) or answer.everybody != answer.sender
