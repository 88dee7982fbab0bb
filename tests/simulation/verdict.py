"""The laws at the end, when the faults have stopped and everything has come to rest."""

from collections.abc import Sequence

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.message import ReleaseReply
from tests.fakes import DictRows
from tests.simulation.authority import Authority
from tests.simulation.machine import Machine
from tests.simulation.oracle import Oracle, difference, must
from tests.simulation.provider import Memory
from tests.sync.laws import (
    check_fold,
    check_indexes,
    check_outbound,
    check_verdicts_are_told,
    logged_operation,
)

_GOING = ("queued", "trying", "sending")


def unsettled(server: Authority, machines: Sequence[Machine]) -> str:
    """L1: what is still to be done, in words; empty when everybody is in step."""
    if not server.up:
        return "the server is down"
    head = server.head()
    for machine in machines:
        if machine.core is None:
            return f"{machine.name} is off"
        state = machine.replica.state()
        if (state.epoch, state.cursor, state.scan) != (*head, None):
            return f"{machine.name} stands at {state}, the server at {head}"
        pending = machine.outbox.count(state.ack)
        if pending:
            return f"{machine.name} has {pending} pending, ack {state.ack}"
    return ""


def at_the_end(server: Authority, machines: Sequence[Machine], oracle: Oracle, first: DictRows) -> None:
    """I3 to I7, I12, I14 and I17 of a world at rest."""
    log, rows = server.log(), server.rows()
    check_verdicts_are_told(log, rows)
    check_fold(first, log, rows, oracle.together)
    judged = {str(row["operation_id"]) for row in log}
    for machine in machines:
        name = machine.watched.name
        lost = sorted(set(machine.acknowledged) - judged)
        must(not lost, f"I4 {name}: told as done, and not there:", lost)
        epoch, version = server.head()
        visible_to = oracle.visible_to_older if machine.is_older else oracle.visible_to
        wanted = visible_to(machine.user_id, epoch, version)
        must(machine.visible == wanted, f"I1 {name}:", difference(machine.visible, wanted))
        found = machine.replica.digest()
        tables = server.backend.digest(machine.user_id).tables
        digest = {table: tables[table] for table in tables if table in found or not machine.is_older}
        must(found == digest, f"I14 {name}: another digest")
        while machine.replica.index_block() or machine.replica.merge_step():
            pass
        check_indexes(machine.replica_db.only, machine.visible)
        machine.check_drafts()
    _check_numbers(log, machines)
    _check_made(log, machines)
    _check_sending(server, rows, log)


def _check_numbers(log: Sequence[dict[str, object]], machines: Sequence[Machine]) -> None:
    """I12: the numbers of a client are gapless and in the order of the log."""
    for machine in machines:
        numbers = [row["number"] for row in log if row["client_id"] == machine.client_id]
        wanted = list(range(1, len(numbers) + 1))
        # What comes a second time under a number of its own is counted, but not done again.
        must(machine.watched.set_back or numbers == wanted, f"I12 {machine.watched.name}: {numbers}")


def _check_made(log: Sequence[dict[str, object]], machines: Sequence[Machine]) -> None:
    made = set[Id]().union(*(machine.made for machine in machines))
    clients = {str(row["operation_id"]) for row in log if row["number"] is not None}
    must(clients <= made, "I4: nobody has made", sorted(clients - made))


def _check_sending(server: Authority, rows: DictRows, log: Sequence[dict[str, object]]) -> None:
    """I5, I6 and I7: what was accepted goes out, once, and what counts as sent has arrived."""
    found = server.database.only.execute("SELECT message_id, state FROM outbound")
    states: dict[Id, str] = dict(found.fetchall())
    check_outbound(states, rows)
    again = _sent_again_by_hand(log)
    for reply_id, copies in sorted(server.post.copies.items()):
        memory = server.post.memory[reply_id]
        # Only where nobody can know whether it was sent may a person have it sent again, and only where nobody who
        # comes with it after a restore can know that a copy of their profile has sent it, does it leave twice.
        allowed = 1 + (again.count(reply_id) if memory is Memory.NONE else 0)
        allowed += reply_id in server.sent_by_copies and memory is not Memory.KEY
        must(copies <= allowed, f"I6 a customer got {reply_id} {copies} times, by {memory.value}")
    for reply_id, state in sorted(states.items()):
        message = rows.get(Message, reply_id)
        must(message is not None, f"I5 nobody knows the reply {reply_id}")
        assert message is not None
        if state in ("sent", "delivered"):
            must(server.post.copies[reply_id] > 0, f"I7 {reply_id} counts as sent, and nobody got it")
        unseen = state == "unknown" and message.delivery in (Delivery.QUEUED, Delivery.SENDING)
        must(not unseen, f"I6 nobody is shown that {reply_id} may not have arrived")
        must(
            state not in _GOING or message.delivery is Delivery.QUEUED,
            f"I6 {reply_id}: an attempt without an end, {state} {message.delivery}",
        )


def _sent_again_by_hand(log: Sequence[dict[str, object]]) -> list[Id]:
    """The replies that somebody had sent again, not knowing whether they had arrived."""
    payloads = [logged_operation(row).payload for row in log if row["verdict"] == "ok"]
    return [payload.message_id for payload in payloads if isinstance(payload, ReleaseReply)]
