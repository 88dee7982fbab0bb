"""Links to the program as anybody may put them into a mail, thousands of them, opened in a running program.

`python -m tests.ui.deep_links --count 50000` opens so many and says what they did besides navigating.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.ui.desks import DeskWorld, make_template, make_world
from ui.program import Program
from ui.single_instance import link_in
from ui.theme import ThemeManager, ThemeMode

_STARTS = ("agentdesk://", "agentdesk:", "AgentDesk://", "agentdesk:///", "agentdesk://conversation/", "")
_PARTS = (
    *(
        "conversation",
        "conversations",
        "customer",
        "settings",
        "outbox",
        "send",
        "reply",
        "delete",
        "import",
        "open",
    ),
    *(
        "/",
        "//",
        "/../",
        "?",
        "&",
        "#",
        "=",
        "%2f",
        "%00",
        "\x00",
        "\n",
        "\r\n",
        " ",
        "\\",
        ":",
        "@",
        ";",
        "'",
        '"',
    ),
    *(
        "0",
        "1",
        "42",
        "-1",
        "1e3",
        "999999999999",
        "9" * 40,
        "٣",
        "１",
        "²",
        "NaN",
        "true",
        "null",
        "{}",
        "[1]",
    ),
    *(
        "file:///etc/passwd",
        "https://evil.example",
        "javascript:alert(1)",
        "--profile=/x",
        "-platform",
        "$(id)",
    ),
    *(
        "\u202e",
        "\u200b",
        "\ud800",
        "é",
        "😀",
        "<b>",
        "{{customer.name}}",
        "%s%n",
        "../../work.db",
        "a" * 500,
    ),
)


_TURN = 50


def fuzzed(count: int, seed: int = 0) -> Iterator[str]:
    """Links that are nearly right, or not at all."""
    chance = random.Random(seed)
    for _ in range(count):
        if chance.random() < 0.05:
            yield f"agentdesk://conversation/{chance.randrange(100_000, 10**12)}"
            continue
        link = chance.choice(_STARTS) + "".join(chance.choice(_PARTS) for _ in range(chance.randint(0, 6)))
        if link and chance.random() < 0.3:
            at = chance.randrange(len(link))
            link = link[:at] + chr(chance.randrange(0x11_0000)) + link[at + chance.randint(0, 1) :]
        yield link


def acting(program: Program, world: DeskWorld, links: Iterable[str]) -> list[str]:
    """Open them, both as another start hands them over and past that check; those that did more than navigate."""
    done: list[object] = []
    forget = world.desk.changes.subscribe(done.append)
    world.desk.settings.subscribe(done.append)
    windows, acted = program.windows, []
    try:
        for number, link in enumerate(links):
            handed_over = link_in(json.dumps({"format": 1, "link": link}).encode())
            for found in {link, handed_over} - {None}:
                program.activate(str(found))
            if number % _TURN == 0:
                QApplication.processEvents()
            if done or program.windows != windows:
                acted.append(link)
                done.clear()
    finally:
        forget()
    return acted


def main() -> None:
    """Open many, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        world = make_world(Path(folder) / "world", make_template(Path(folder) / "template"))
        themes = ThemeManager(application, ThemeMode.LIGHT)
        program = Program(application, world.desk, themes, lambda: "1.2.3")
        program.new_window()
        acted = acting(program, world, fuzzed(options.count, options.seed))
        program.quit()
        program.close()
        world.close()
    print(f"{options.count:,} links: {len(acted)} did more than navigate, and none raised")


if __name__ == "__main__":
    main()
