"""Turns single bits of a work file, as a dying disk does, and says what became of it.

`python -m tests.store.flips --count 1000` does so with an encrypted file and, as the control, with a plain one.
"""

import argparse
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from agent_desktop.domain.errors import StoreError
from agent_desktop.domain.operations.base import Operation
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.store.client import ClientFiles, open_client_files
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.drafts import Draft, DraftKind, Drafts
from agent_desktop.store.outbox import Outbox
from agent_desktop.store.settings import SettingStore
from tests.factories import an_id
from tests.fakes import START

OPERATIONS, DRAFTS = 120, 40
KEY = DataKey(bytes(range(32)))


class Outcome(StrEnum):
    """What became of a file with one wrong bit."""

    HARMLESS = "nothing was changed by it"
    MENDED = "noticed, and everything is there"
    SALVAGED = "noticed, and something is missing"
    REFUSED = "noticed, and left as it is"
    SILENT = "wrong, and nobody noticed"


Content = tuple[dict[str, object], ...]


def opened(folder: Path, key: DataKey | None) -> ClientFiles:
    return open_client_files(folder / "work.db", folder / "replica.db", key)


def fill(folder: Path, key: DataKey | None) -> Content:
    """Make a work file with much in it, written back from its journal; what is in it."""
    with closing(opened(folder, key)) as files:
        outbox, drafts = Outbox(files.work), Drafts(files.work)
        for number in range(OPERATIONS):
            text = f"Dear customer {number}, your kettle. " * (3 if number % 20 else 300)
            payload = AddNote(conversation_id=an_id("c"), message_id=an_id(f"note-{number}"), text=text)
            outbox.append(
                [Operation(id=an_id(f"o-{number}"), payload=payload, created_at=START, seen=number)]
            )
            if number < DRAFTS:
                drafts.save(
                    Draft(
                        conversation_id=an_id(f"d-{number}"),
                        kind=DraftKind.REPLY,
                        text=text[:400],
                        updated_at=START,
                    )
                )
        SettingStore(files.work).set("profile.user_id", an_id("user"))
        return content(files)


def content(files: ClientFiles) -> Content:
    pending = {item.id: (item.kind, item.payload, item.seen) for item in files.outbox.pending(0)}
    drafts = {row.conversation_id: row.text for row in Drafts(files.work).of_kind(DraftKind.REPLY)}
    return {**pending}, {**drafts}, {**SettingStore(files.work).all()}


@contextmanager
def _quiet() -> Iterator[None]:
    with suppress(StoreError):
        yield


def flip(template: Path, folder: Path, key: DataKey | None, chance: random.Random, true: Content) -> Outcome:
    """Turn one bit, use the file, start again, and compare."""
    path = folder / "work.db"
    for name in ("work.db", "replica.db"):
        shutil.copyfile(template / name, folder / name)
    damaged = bytearray(path.read_bytes())
    at = chance.randrange(len(damaged) * 8)
    damaged[at // 8] ^= 1 << at % 8
    path.write_bytes(damaged)
    first: Content | None = None
    with _quiet(), closing(opened(folder, key)) as files:
        first = content(files)
    try:
        with closing(opened(folder, key)) as files:
            second, noticed = content(files), bool(files.notice)
    except StoreError:
        return Outcome.REFUSED
    noticed = noticed or any(folder.glob("work.damaged-*"))
    if noticed:
        return Outcome.MENDED if second == true else Outcome.SALVAGED
    return Outcome.HARMLESS if first in (None, true) and second == true else Outcome.SILENT


def flips(count: int, key: DataKey | None, seed: int = 1) -> Counter[Outcome]:
    """What became of so many files."""
    chance, found = random.Random(seed), Counter[Outcome]()
    with tempfile.TemporaryDirectory() as name:
        template = Path(name) / "template"
        template.mkdir()
        true = fill(template, key)
        for number in range(count):
            folder = Path(name) / str(number)
            folder.mkdir()
            found[flip(template, folder, key, chance, true)] += 1
            shutil.rmtree(folder)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for title, key in (("encrypted", KEY), ("plain", None)):
        print(title)
        for outcome, times in flips(options.count, key, options.seed).most_common():
            print(f"  {times:5}  {outcome}")


if __name__ == "__main__":
    main()
