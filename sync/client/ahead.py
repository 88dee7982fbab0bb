"""Fetches the next page of a long scan while the one before is stored: network and disk do not wait for each other."""

from concurrent.futures import Future, ThreadPoolExecutor

from sync.client.calls import Answer, Call, ScanCall
from sync.protocol.messages import ScanAnswer
from sync.protocol.transport import Transport


class PagesAhead:
    """Carries calls, and one scan ahead of them. To be used by one thread at a time."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sync-ahead")
        self._next: tuple[Call, Future[ScanAnswer]] | None = None

    def carry(self, call: Call) -> Answer:
        """The answer to a call. Raises Unreachable or Refused."""
        fetched = self._fetched(call)
        answer: Answer = call.carry(self._transport) if fetched is None else fetched
        if isinstance(call, ScanCall) and isinstance(answer, ScanAnswer) and answer.next is not None:
            following = ScanCall(call.client_id, call.epoch, answer.upto, answer.next, call.scopes)
            self._next = following, self._thread.submit(following.carry, self._transport)
        return answer

    def _fetched(self, call: Call) -> ScanAnswer | None:
        """What was fetched for this call; what was fetched for another is thrown away, unless it may still come."""
        if self._next is None or not isinstance(call, ScanCall):
            return None
        (wanted, future), self._next = self._next, None
        return future.result() if wanted == call else None

    def close(self) -> None:
        """Wait for what is under way, and end the thread."""
        self._thread.shutdown(cancel_futures=True)
