"""A network that loses requests and answers, cuts them short, and kills whoever waits."""

from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeVar

from sync.protocol.messages import Digest, Hello, PullAnswer, PushAnswer, PushRequest, ScanAnswer
from sync.protocol.transport import Transport, Unreachable

T = TypeVar("T")


class Fate(Enum):
    """What happens to one call on the network."""

    FINE = "fine"
    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"
    DOUBLED = "request doubled"
    KILLED_BEFORE = "killed before the request"
    KILLED_AFTER = "killed before the answer"


class Killed(BaseException):
    """The program ends here: nothing catches it, nothing is put in order."""


class Network:
    """A transport of which a test decides what arrives."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.fates: deque[Fate] = deque()

    def _call(self, call: Callable[[], T]) -> T:
        fate = self.fates.popleft() if self.fates else Fate.FINE
        if fate is Fate.REQUEST_LOST:
            raise Unreachable(fate.value)
        if fate is Fate.KILLED_BEFORE:
            raise Killed
        answer = call()
        if fate is Fate.DOUBLED:
            answer = call()
        if fate is Fate.ANSWER_LOST:
            raise Unreachable(fate.value)
        if fate is Fate.KILLED_AFTER:
            raise Killed
        return answer

    def hello(self) -> Hello:
        return self._call(self.inner.hello)

    def push(self, request: PushRequest) -> PushAnswer:
        return self._call(lambda: self.inner.push(request))

    def pull(self, client_id: str, epoch: str, since: int) -> PullAnswer:
        return self._call(lambda: self.inner.pull(client_id, epoch, since))

    def scan(
        self, client_id: str, epoch: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        return self._call(lambda: self.inner.scan(client_id, epoch, upto, after, scopes))

    def digest(self) -> Digest:
        return self._call(self.inner.digest)
