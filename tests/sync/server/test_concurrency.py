"""One workspace, many writers and readers: nobody who follows misses a row, and nothing acknowledged is lost."""

import signal
import threading
from datetime import timedelta

import pytest

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.message import Delivery, Message
from agent_desktop.domain.operations.message import Reply
from sync.server.outbound import OutboundWorker
from sync.server.ports import PATIENCE, HandOver, Outgoing, SendResult
from tests.factories import make_channel
from tests.postgres import PostgresServer
from tests.sync.files import TEMPLATES, server_rows
from tests.sync.server.races import HERE, WRITERS, Processes, by_column, by_version

pytestmark = pytest.mark.peer


def log(processes: Processes) -> list[tuple[str, int, int]]:
    """Client, number and version of what clients pushed, in order."""
    with processes.databases[0].read() as connection:
        return connection.execute(
            "SELECT client_id, number, ver FROM operation ORDER BY ver, position"
        ).fetchall()


def test_no_reader_misses_a_row_of_32_writers(postgres: str) -> None:
    outcome = by_version(postgres)
    assert len(outcome.written) == WRITERS * 9
    assert outcome.skipped() == 0
    processes = Processes(postgres, 1)
    entries = log(processes)
    versions = [version for _, _, version in entries]
    assert sorted(set(versions)) == list(range(2, processes.backends[0].hello().head + 1))  # no gap
    for writer in range(WRITERS):
        assert [number for client, number, _ in entries if client == f"writer-{writer}"] == list(range(1, 10))
    processes.close()


@pytest.mark.parametrize(("column", "start"), [("seq", "0"), ("updated_at", "-infinity")])
def test_the_check_notices_an_order_that_is_not_that_of_commits(
    postgres: str, column: str, start: str
) -> None:
    outcome = by_column(postgres, column, start)
    assert len(outcome.written) == WRITERS * 9
    assert outcome.skipped() > 0


def test_nothing_acknowledged_is_lost_when_postgresql_dies(
    postgres_server: PostgresServer, postgres: str
) -> None:
    processes = Processes(postgres, 2)
    acknowledged: dict[int, int] = {}
    some, failed = threading.Barrier(5), threading.Event()
    back = threading.Event()

    def write(writer: int) -> None:
        number = 1
        while number <= 20 or not failed.is_set():
            operation = processes.note(processes.ids.new(), number)
            while True:
                try:
                    number = processes.push(writer, operation)
                    break
                except StoreError:
                    failed.set()
                    back.wait(60)
            acknowledged[writer] = number - 1
            if number == 6:
                some.wait(60)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    some.wait(60)
    postgres_server.stop(signal.SIGQUIT)
    try:
        assert failed.wait(60)
    finally:
        postgres_server.start()
        failed.set()  # or nobody would end whose server never went away
        back.set()
    for thread in threads:
        thread.join()
    entries = log(processes)
    for writer in range(4):
        assert acknowledged[writer] >= 20
        assert [number for client, number, _ in entries if client == f"writer-{writer}"] == list(
            range(1, acknowledged[writer] + 1)
        )
    found = server_rows(processes.databases[1], TEMPLATES.server_schema.tables).query(Message)
    assert len(found) == sum(acknowledged.values())
    processes.close()


def test_a_reply_is_sent_by_one_of_the_processes(postgres: str) -> None:
    processes = Processes(postgres, 3)
    message_ids = [processes.ids.new() for _ in range(8)]
    for message_id, last in zip(message_ids, [None, *message_ids], strict=False):
        reply = Reply(
            conversation_id=HERE,
            message_id=message_id,
            channel_id=make_channel().id,
            text="On its way.",
            seen_out=last,
            undo_seconds=0,
        )
        processes.backends[0].store.commit([reply])
    sent: list[str] = []

    class Provider:
        pause = timedelta()
        patience = PATIENCE

        def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
            hand_over()
            sent.append(outgoing.message.id)
            return SendResult(Delivery.SENT)

        def find(self, message_id: str) -> SendResult | None:
            raise AssertionError

    provider = Provider()
    clock = processes.backends[0].store._clock
    workers = [
        OutboundWorker(backend.store, clock, lambda channel: provider) for backend in processes.backends
    ]
    threads = [threading.Thread(target=worker.run_due) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent) == sorted(message_ids)
    processes.close()
