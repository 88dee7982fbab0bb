"""One operation of every kind and version as it was on the wire: old clients send them for years.

`python -m tests.golden.golden_operations` writes those that are missing. A file that is there is never changed.
"""

import json
import random
import sys
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent_desktop.domain.access import actor_of
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.errors import Rejected
from agent_desktop.domain.message import Delivery, Direction, MessageKind
from agent_desktop.domain.operations import KINDS, decode_payload, perform
from agent_desktop.domain.operations.base import Context, Operation, OperationKind
from agent_desktop.domain.records import to_plain
from agent_desktop.domain.rows import user_scope
from agent_desktop.domain.workspace import User
from tests import factories
from tests.drawing import Draw
from tests.factories import ADMIN, SYSTEM, an_id, small_workspace
from tests.fakes import START, DictRows, FakeIds
from tests.payloads import MAKERS
from tests.world import World

FOLDER = Path(__file__).with_name("operations")
NOW = START + timedelta(hours=1)
TRIES = 300


@dataclass(frozen=True)
class Golden:
    """A file. `verdict` is ok, or the reason why a server refuses it in the world of `rows`."""

    kind: str
    version: int
    payload: dict[str, Any]
    verdict: str

    @property
    def path(self) -> Path:
        """Where it lies."""
        return FOLDER / f"{self.kind}.{self.version}.json"

    def judged(self) -> str:
        """What the server of today says."""
        kind = next(kind for kind in KINDS if kind.name == self.kind)
        actor = _actor(kind)
        try:
            payload = decode_payload(self.kind, self.version, json.dumps(self.payload))
            operation = Operation(id=an_id("operation"), payload=payload, created_at=NOW)
            context = Context(
                operation_id=operation.id, actor=actor_of(rows(), actor), at=NOW, authoritative=True
            )
            perform(rows(), operation, context)
        except Rejected as rejected:
            return rejected.reason.value
        return "ok"


def _actor(kind: OperationKind[Any]) -> User:
    return ADMIN if actor_of(rows(), ADMIN).may(kind.permission) else SYSTEM


def rows() -> DictRows:
    """The world in which they are judged."""
    world = small_workspace()
    for row in (
        factories.make_message(),
        factories.make_reply(),
        factories.make_attachment(),
        factories.make_article(),
        factories.make_article_revision(),
        factories.make_canned_response(),
        factories.make_message(
            id=an_id("note"), kind=MessageKind.NOTE, direction=Direction.OUT, author_id=ADMIN.id
        ),
        factories.make_message(
            id=an_id("call"), kind=MessageKind.CALL, direction=Direction.OUT, author_id=ADMIN.id
        ),
        factories.make_reply(id=an_id("held"), author_id=ADMIN.id, delivery=Delivery.HELD),
        factories.make_reply(id=an_id("unknown"), author_id=ADMIN.id, delivery=Delivery.UNKNOWN),
        factories.make_macro(),
        factories.make_view(owner_id=ADMIN.id),
        factories.make_operation_result(scope=user_scope(ADMIN.id)),
        factories.make_tag(),
        factories.make_organization(),
        factories.make_conversation(
            id=an_id("suggested"), number=7, suggested_id=factories.make_conversation().id
        ),
        factories.make_conversation(
            id=an_id("merged"), number=8, merged_into=factories.make_conversation().id, merged_at=NOW
        ),
    ):
        world.put(row)
    return world


def read() -> list[Golden]:
    """All files."""
    return [Golden(**json.loads(path.read_text("utf-8"))) for path in sorted(FOLDER.glob("*.json"))]


def make(kind: OperationKind[Any]) -> Golden:
    """One of the present version: one that is done, if there is one, and with as much in it as can be."""
    found: list[Golden] = []
    for seed in range(TRIES):
        world = World(rows(), ManualClock(NOW), FakeIds("golden", NOW))
        payload = MAKERS[kind.payload](Draw(random.Random(seed).choice, world, _actor(kind)))
        if payload is not None:
            golden = Golden(kind.name, kind.version, to_plain(payload), "")
            found.append(replace(golden, verdict=golden.judged()))
    if not found:
        raise SystemExit(f"{kind.name}: nothing that it could be about is in the world; add it to rows()")
    return max(found, key=lambda each: (each.verdict == "ok", sum(map(bool, each.payload.values()))))


def main() -> int:
    """Write what is missing."""
    FOLDER.mkdir(exist_ok=True)
    for kind in KINDS:
        if not (FOLDER / f"{kind.name}.{kind.version}.json").exists():
            golden = make(kind)
            text = json.dumps(asdict(golden), indent=2, ensure_ascii=False)
            golden.path.write_text(f"{text}\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
