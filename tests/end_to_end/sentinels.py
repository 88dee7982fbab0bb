"""Plants words in everything that a customer or an agent can write, and looks for them in every byte that is kept.

`python -m tests.end_to_end.sentinels --count 1000` does so with an encrypted profile and, as the control, a plain one.
"""

import argparse
import gzip
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from agent_desktop.cli.desk import Person, open_desk, set_up
from agent_desktop.cli.keeping import Keeper
from agent_desktop.context import Desk
from agent_desktop.domain.clock import ManualClock
from agent_desktop.domain.ids import TimeOrderedIds
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.conversation import CreateConversation
from agent_desktop.domain.operations.customer import Address, CreateCustomer
from agent_desktop.domain.operations.message import AddNote
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.profile import Profile
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.services.outside_files import make_copies_folder, remove_copies
from agent_desktop.store.key_file import Protection
from tests.fakes import START
from tests.services.test_vault import WEAK, MemoryShelf


@dataclass
class Planted:
    """What was planted where, and the key that must not be found either."""

    words: list[str]
    folders: tuple[Path, ...]
    secrets: list[str]


def word(number: int) -> str:
    return f"Sentinel{number:05d}Kessel"


def plant(folder: Path, count: int, protection: Protection) -> Planted:
    """Work with a profile as people do: write, search, open files, meet damage, stop in the middle."""
    profile, temporary = Profile(folder / "profile"), folder / "tmp"
    temporary.mkdir(parents=True)
    clock = ManualClock(START)
    ids, shelf = TimeOrderedIds(clock), MemoryShelf()
    words = iter(word(number) for number in range(count))
    logs = folder / "logs"
    logs.mkdir()
    handler = logging.FileHandler(logs / "all.log")
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    here = ExitStack()
    here.enter_context(patch.object(tempfile, "tempdir", str(temporary)))
    here.enter_context(patch.dict(os.environ, {"TMPDIR": str(temporary)}))
    try:
        keeper = Keeper(profile, lambda: shelf, asks=True, cost=WEAK)
        keeper.decide(protection)
        set_up(profile, Person(name=next(words), company=next(words)), clock, ids, keeper)
        planted = [word(0), word(1)]
        with closing(open_desk(profile, clock, ids, background=False, keeper=keeper)) as desk:
            planted += list(_work(desk, words, profile))
            # As a crash leaves it: with all journals.
            for path in profile.folder.glob("*.db*"):
                (folder / f"crash-{path.name}").write_bytes(path.read_bytes())
        (profile.folder / "work.db.damaged").touch()
        with closing(open_desk(profile, clock, ids, background=False, keeper=keeper)) as desk:
            desk.search.search(word(7))
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
        handler.close()
        here.close()
    secrets = [secret for secret in shelf.secrets.values() if secret]
    return Planted(planted, (folder,), secrets)


def _work(desk: Desk, words: Iterator[str], profile: Profile) -> Iterator[str]:
    channel = next(item for item in desk.directory.channels() if item.kind is ChannelKind.EMAIL)
    customer = conversation = ""
    for number, sentinel in enumerate(words):
        match number % 8:
            case 0:
                customer = desk.ids.new()
                address = Address(kind=ChannelKind.EMAIL, address=f"{sentinel}@customer.example")
                desk.apply(CreateCustomer(customer_id=customer, name="Karl", addresses=(address,)))
            case 1:
                conversation = desk.ids.new()
                desk.apply(
                    CreateConversation(
                        conversation_id=conversation,
                        customer_id=customer,
                        channel_id=channel.id,
                        subject=f"About {sentinel}",
                        assignee_id=desk.user_id,
                        tags=(sentinel.lower(),),
                    )
                )
                yield sentinel.lower()
                continue
            case 2:
                desk.apply(
                    AddNote(conversation_id=conversation, message_id=desk.ids.new(), text=f"Note {sentinel}")
                )
            case 3:
                desk.drafts.save(
                    Draft(
                        conversation_id=conversation,
                        kind=DraftKind.REPLY,
                        text=f"Dear {sentinel}",
                        updated_at=START,
                    )
                )
            case 4:
                content = f"%PDF {sentinel} ".encode() * 30
                file = AttachmentFile(
                    id=desk.ids.new(),
                    name=f"{sentinel}.pdf",
                    media_type="application/pdf",
                    size=len(content),
                    sha256=desk.blobs.put(content),
                )
                desk.apply(
                    AddNote(
                        conversation_id=conversation, message_id=desk.ids.new(), text="see", files=(file,)
                    )
                )
                copies = make_copies_folder(profile.folder)  # somebody opens it with another program
                (copies / "copy.pdf").write_bytes(desk.blobs.read(file.sha256) or b"")
                moved = copies.rename(copies.with_name(copies.name.replace(f"{os.getpid()}-", "1-")))
                assert moved.exists()
            case 5:
                desk.search.search(sentinel)
                desk.sync.exchange()
            case 6:
                desk.apply(
                    AddNote(
                        conversation_id=conversation,
                        message_id=desk.ids.new(),
                        text=f"Long {sentinel} " + "about a kettle " * 900,
                    )
                )
            case _:
                desk.settings._store.set(f"test.{number}", sentinel)
        yield sentinel
    desk.sync.exchange()
    remove_copies(profile.folder)


def found(planted: Planted) -> set[str]:
    """The planted words, and secrets, that stand readable in any file or file name."""
    kept = []
    for folder in planted.folders:
        for path in sorted(folder.rglob("*")):
            kept.append(path.name.encode())
            if path.is_file():
                content = path.read_bytes()
                kept.append(content)
                if content[:2] == b"\x1f\x8b":
                    kept.append(gzip.decompress(content))
    everything = b"\0".join(kept)
    both = everything + b"\0" + everything.replace(b"\0", b"")  # also as UTF-16
    return {each for each in (*planted.words, *planted.secrets) if each.encode() in both}


def run(count: int, protection: Protection) -> tuple[int, int]:
    """How many words were planted, and how many found."""
    with tempfile.TemporaryDirectory() as name:
        planted = plant(Path(name).resolve() / "here", count, protection)
        return len(planted.words), len(found(planted))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    for protection in (Protection.KEYCHAIN, Protection.NONE):
        planted, seen = run(options.count, protection)
        print(json.dumps({"protection": protection.value, "planted": planted, "found": seen}))


if __name__ == "__main__":
    main()
