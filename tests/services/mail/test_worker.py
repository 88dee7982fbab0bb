"""Hostile work in a process of its own: limits hold, and the next call finds a new process."""

import itertools
import os
import threading
from contextlib import closing
from multiprocessing import Pipe
from types import SimpleNamespace

import pytest

from agent_desktop.services.mail import bounded
from agent_desktop.services.mail.bounded import BoundedWorker, WorkerError
from agent_desktop.services.mail.parse import parse_mail
from agent_desktop.services.mail.worker import TOO_COMPLEX, MailParser

PATIENCE = 60.0
MAIL = b"From: a@b\nSubject: Order\n\nHello"


def test_work_is_done_in_one_other_process() -> None:
    with closing(BoundedWorker()) as worker:
        first = worker.call(os.getpid, seconds=PATIENCE)
        assert first != os.getpid()
        assert worker.call(sorted, [2, 1], seconds=PATIENCE) == [1, 2]
        assert worker.call(os.getpid, seconds=PATIENCE) == first


def test_a_process_that_dies_or_hangs_is_replaced() -> None:
    with closing(BoundedWorker()) as worker:
        first = worker.call(os.getpid, seconds=PATIENCE)
        with pytest.raises(WorkerError, match="died"):
            worker.call(os._exit, 3, seconds=PATIENCE)
        second = worker.call(os.getpid, seconds=PATIENCE)
        with pytest.raises(WorkerError, match="not done"):
            worker.call(sum, itertools.repeat(1), seconds=0.2)
        third = worker.call(os.getpid, seconds=PATIENCE)
    assert len({first, second, third}) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on memory that a process sets itself")
def test_memory_is_limited() -> None:
    with (
        closing(BoundedWorker(memory_bytes=600 * 1024**2)) as worker,
        pytest.raises(WorkerError, match="too much"),
    ):
        worker.call(bytes, 1024**3, seconds=PATIENCE)


class RefusesLimits:
    """`resource` as it is on macOS, where every process has mapped more than we would allow."""

    RLIMIT_AS, RLIMIT_CPU, RUSAGE_SELF, RLIM_INFINITY = 5, 0, 0, 2**63 - 1

    @staticmethod
    def getrlimit(kind: int) -> tuple[int, int]:
        return RefusesLimits.RLIM_INFINITY, RefusesLimits.RLIM_INFINITY

    @staticmethod
    def setrlimit(kind: int, limits: tuple[int, int]) -> None:
        raise ValueError("current limit exceeds maximum limit")

    @staticmethod
    def getrusage(who: int) -> SimpleNamespace:
        return SimpleNamespace(ru_utime=0.0, ru_stime=0.0)


def test_a_system_that_refuses_the_limits_still_has_the_work_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "resource", RefusesLimits, raising=False)
    ours, theirs = Pipe()
    server = threading.Thread(target=bounded._answer_calls, args=(theirs, 1024**3))
    server.start()
    assert ours.poll(PATIENCE)
    assert ours.recv() == "ready"
    ours.send((sorted, ([2, 1],), PATIENCE))
    assert ours.poll(PATIENCE)
    assert ours.recv() == (True, [1, 2])
    ours.close()
    server.join(PATIENCE)
    assert not server.is_alive()


def test_small_mails_need_no_process() -> None:
    with closing(MailParser()) as parser:
        assert parser.parse(MAIL) == parse_mail(MAIL)
        assert parser._worker._process is None


def test_large_mails_come_back_the_same() -> None:
    large = MAIL + b" word" * 100_000
    with closing(MailParser(seconds=PATIENCE)) as parser:
        assert parser.parse(large) == parse_mail(large)
        assert parser._worker._process is not None


def test_a_mail_that_takes_too_long_is_salvaged_and_the_next_one_is_read() -> None:
    with closing(MailParser(seconds=PATIENCE, inline_bytes=0)) as parser:
        assert parser.parse(MAIL).text == "Hello"
        parser._seconds = 0.0
        mail = parser.parse(MAIL + b" word" * 1_000_000)
        assert mail.subject == "Order"
        assert mail.problems == (TOO_COMPLEX,)
        parser._seconds = PATIENCE
        assert parser.parse(MAIL).text == "Hello"
