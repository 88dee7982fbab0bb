"""Which mails belong together: by what they refer to, in whatever order and files they lie."""

from dataclasses import dataclass, field
from datetime import datetime

from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.services.mail.addresses import Address
from agent_desktop.services.mail.head import MailHead
from agent_desktop.services.mail.numbers import number_of_id


def thread_id(root: int) -> Id:
    """The id of the conversation that begins with this reference."""
    return derived_id(EPOCH, "import", "mail thread", f"{root:032x}")


@dataclass(slots=True)
class Thread:
    """What is known about mails that belong together.

    `roots` are what may be the beginning of the thread; `first` and `last` are the earliest and latest date.
    """

    roots: set[int]
    first: datetime | None = None
    last: datetime | None = None
    subject: str = ""
    customer: Address = field(default_factory=lambda: Address("", ""))
    customer_at: datetime | None = None
    conversation_id: Id = ""


class ThreadIndex:
    """Groups mails by their references. Keeps numbers instead of texts: millions of mails fit in memory."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}
        self._threads: dict[int, Thread] = {}

    def add(self, head: MailHead, date: datetime | None, customer: Address | None) -> None:
        """Note a mail. `customer` is who of its sender and recipients is not us."""
        own = self._node(head)
        references = [number_of_id(reference) for reference in head.references]
        thread = self._threads.setdefault(self._top(own), Thread(set()))
        thread.roots.add(references[0] if references else own)
        for reference in references:
            thread = self._join(own, reference)
        _note(thread, head.subject, date, customer)

    def thread_of(self, head: MailHead) -> Thread | None:
        """The thread of a mail; None when it was not noted."""
        return self._threads.get(self._top(self._node(head)))

    @staticmethod
    def _node(head: MailHead) -> int:
        return number_of_id(head.message_id) if head.message_id else head.key

    def _top(self, node: int) -> int:
        parents = self._parents
        top = node
        while (above := parents.get(top, top)) != top:
            top = above
        while node != top:  # shorten the way for the next time
            parents[node], node = top, parents[node]
        parents.setdefault(top, top)
        return top

    def _join(self, one: int, other: int) -> Thread:
        first, second = self._top(one), self._top(other)
        thread = self._threads.setdefault(first, Thread(set()))
        if first == second:
            return thread
        merged = self._threads.pop(second, None)
        self._parents[second] = first
        if merged is not None:
            thread.roots |= merged.roots
            _note(thread, merged.subject, merged.first, None)
            _note(thread, "", merged.last, None)
            _note_customer(thread, merged.customer, merged.customer_at)
        return thread


def _note(thread: Thread, subject: str, date: datetime | None, customer: Address | None) -> None:
    if date is not None:
        if thread.first is None or date < thread.first:
            thread.first, thread.subject = date, subject or thread.subject
        thread.last = date if thread.last is None else max(thread.last, date)
    thread.subject = thread.subject or subject
    if customer is not None:
        _note_customer(thread, customer, date)


def _note_customer(thread: Thread, customer: Address, at: datetime | None) -> None:
    """The customer of a thread is who wrote first."""
    known = thread.customer.address
    if customer.address and (
        not known or (at is not None and (thread.customer_at is None or at < thread.customer_at))
    ):
        thread.customer, thread.customer_at = customer, at
