"""Real mail of many people: whatever order it comes in, the same mails are found together, and lookups use indexes."""

import gzip
import json
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from random import Random

import pytest

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.services.mail.head import head_of
from sync.server.mail.inbound import inbound_id
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import CHANNEL, HOST, Mailroom


def test_real_threads_hold_together_in_any_order(shared: Path, tmp_path: Path) -> None:
    folder = shared / "data" / "mail" / "threads"
    with gzip.open(folder / "mails.jsonl.gz", "rt", encoding="utf-8") as file:
        mails = {record["file"]: record["raw"].encode("latin-1") for record in map(json.loads, file)}
    expected = json.loads((folder / "expected_threads.json").read_text("utf-8"))["threads"]
    wanted = {frozenset(group) for group in expected}
    seen = set()
    for seed in range(4):
        order = sorted(mails)
        if seed == 1:
            order.reverse()
        elif seed > 1:
            Random(seed).shuffle(order)
        place = tmp_path / str(seed)
        place.mkdir()
        room = Mailroom(TEMPLATES.server(place / "server.db"), place)
        try:
            for name in order:
                # As if each came from where it says, by a mail server that says so: that must change nothing.
                domain = head_of(mails[name]).sender.address.rpartition("@")[2]
                found_out = f"Authentication-Results: {HOST}; dmarc=none; spf=pass smtp.mailfrom={domain}\n"
                assert room.keep(found_out.encode() * (seed == 3) + mails[name])
            room.work()
            assert room.states() == {"done": len(mails)}
            seen.add(frozenset(_together(room, mails)))
        finally:
            room.close()
    (groups,) = seen
    # One expected group holds together only by the address of a person who is named in two In-Reply-To fields;
    # some others are answers of one person about the same, without references: one key joins them.
    assert len(groups & wanted) >= len(wanted) - 4
    apart = [group for group in wanted if not any(group <= found for found in groups)]
    assert len(apart) <= 1


def _together(room: Mailroom, mails: dict[str, bytes]) -> Iterable[frozenset[str]]:
    """The mails of conversations that are one, or that one key makes one."""
    names = {inbound_id(CHANNEL.id, f"{head_of(raw).key:032x}"): name for name, raw in mails.items()}
    parents: dict[Id, Id] = {}

    def top(row_id: Id) -> Id:
        while parents.setdefault(row_id, row_id) != row_id:
            row_id = parents[row_id]
        return row_id

    for row in room.rows(Conversation):
        for other in (row.suggested_id, row.follow_up_of):
            if other is not None:
                parents[top(row.id)] = top(other)
    groups: dict[Id, set[str]] = {}
    with room.database.read() as connection:
        for row_id, conversation_id in connection.execute("SELECT inbound_id, conversation_id FROM inbound"):
            groups.setdefault(top(conversation_id), set()).add(names[row_id])
    return [frozenset(group) for group in groups.values()]


QUERIES = {
    "sync.server.mail.inbound": ("_THERE", "_LAST_TURN"),
    "sync.server.mail.ingesting": ("_ANY", "_NEXT", "_WAITS", "_LEASE"),
    "sync.server.mail.threads": ("_KNOWN", "_WROTE", "_PROVEN", "_OF_SENDER", "_FOLLOW_UPS"),
    "sync.server.mail.deciding": ("_OF_LATE",),
    "sync.server.mail.auto_reply": ("_ANSWERED",),
    "sync.server.mail.references": ("_FORGET",),
    "sync.server.mail.waiting": ("_ANY",),
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in QUERIES.items() for name in names]
)
def test_no_lookup_reads_a_whole_table(sqlite_mailroom: Mailroom, module: str, name: str) -> None:
    sql = getattr(import_module(module), name)
    values = ["[]" if "json_each" in sql else 0] * sql.count("?")
    with sqlite_mailroom.database.read() as connection:
        steps = [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    # What is gone through again is what was found by an index before.
    found = ("json_each", "SCAN (subquery", "SCAN named")
    whole = [step for step in steps if step.startswith("SCAN") and not any(word in step for word in found)]
    waiting = (
        "SCAN inbound USING INDEX inbound_waiting",
        "SCAN inbound USING COVERING INDEX inbound_waiting",
    )
    assert [step for step in whole if step not in ("SCAN of_late", *waiting)] == [], steps
