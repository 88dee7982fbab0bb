"""Providers of channels that lose requests and answers, in the three classes in which real ones come."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from random import Random

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import Delivery, Direction, MessageKind
from agent_desktop.domain.workspace import Channel, ChannelKind
from sync.server.ports import PATIENCE, HandOver, Outgoing, SendResult
from tests.simulation.oracle import must


class Memory(Enum):
    """What a provider knows of messages that it was given before."""

    KEY = "key"
    """It recognises a repeated key and sends nothing again."""
    SEARCH = "search"
    """It can be asked whether it has a message."""
    NONE = "none"
    """It knows nothing."""


class Attempt(Enum):
    """What becomes of one call of a provider."""

    TAKEN = "taken"
    REFUSED = "refused"
    BUSY = "busy"
    NOT_REACHED = "the provider is not reached"
    REQUEST_LOST = "request lost"
    ANSWER_LOST = "answer lost"
    CRASH_EARLY = "the server stops before it hands anything over"
    CRASH_BEFORE = "the server stops before the request"
    CRASH_AFTER = "the server stops before the answer"


class Post:
    """All providers together: what customers have got, by the id of the reply."""

    def __init__(self, fate: Callable[[], Attempt], crash: Callable[[], None], chance: Random) -> None:
        self._classes = {kind: chance.choice(tuple(Memory)) for kind in ChannelKind}
        self._fate = fate
        self._crash = crash
        self._keys: set[str] = set()
        self.copies: Counter[Id] = Counter()
        """How often customers got a reply."""
        self.memory: dict[Id, Memory] = {}

    def port_of(self, channel: Channel) -> "Account":
        """The account behind a channel."""
        return Account(self, self._classes[channel.kind])

    def send(self, outgoing: Outgoing, memory: Memory, hand_over: HandOver) -> SendResult:
        """One call of a provider."""
        message = outgoing.message
        said = message.kind is MessageKind.REPLY and message.direction is Direction.OUT
        must(said, f"I16 {message.kind} {message.direction} reached a channel")
        fate = self._fate()
        if fate is Attempt.CRASH_EARLY:
            self._crash()
        if fate is Attempt.NOT_REACHED:
            raise OSError(fate.value)
        if fate is Attempt.BUSY:
            return SendResult(Delivery.QUEUED, "451 try again later")
        hand_over()
        if fate is Attempt.CRASH_BEFORE:
            self._crash()
        if fate is Attempt.REQUEST_LOST:
            raise OSError(fate.value)
        if fate is Attempt.REFUSED:
            return SendResult(Delivery.FAILED, "550 mailbox full")
        self._take(message.id, memory)
        if fate is Attempt.CRASH_AFTER:
            self._crash()
        if fate is Attempt.ANSWER_LOST:
            raise OSError(fate.value)
        return SendResult(Delivery.SENT)

    def _take(self, key: str, memory: Memory) -> None:
        reply_id = key.partition(":")[0]
        self.memory[reply_id] = memory
        if memory is not Memory.KEY or key not in self._keys:
            self.copies[reply_id] += 1
        self._keys.add(key)

    def find(self, key: str, memory: Memory) -> SendResult | None:
        """One question to a provider."""
        if self._fate() in (Attempt.REQUEST_LOST, Attempt.ANSWER_LOST):
            raise OSError("no answer")
        if memory is Memory.NONE:
            return None
        return SendResult(Delivery.SENT if key in self._keys else Delivery.QUEUED)


class Account:
    """One channel's account at a provider."""

    def __init__(self, post: Post, memory: Memory) -> None:
        self._post = post
        self._memory = memory

    pause = timedelta()
    patience = PATIENCE

    def send(self, outgoing: Outgoing, hand_over: HandOver) -> SendResult:
        """Hand one reply to the provider."""
        return self._post.send(outgoing, self._memory, hand_over)

    def find(self, message_id: str) -> SendResult | None:
        """Whether the provider has it."""
        return self._post.find(message_id, self._memory)
