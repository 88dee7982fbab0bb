"""`agent-desktop search QUERY`: the same search as in the window, on the command line."""

import argparse
import json

from agent_desktop.cli.profiles import opened_desk
from agent_desktop.services.search import SearchHit

NAME = "search"
NOTHING_FOUND = 1


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser(NAME, parents=[common], help="find conversations")
    parser.add_argument("query", nargs="+", help="words and operators, as in the search field")
    parser.add_argument("--json", action="store_true", help="print one JSON object for each hit")
    parser.add_argument("--limit", type=int, default=50, help="how many hits to print (50)")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the hits; 1 when there are none."""
    with opened_desk(options) as desk:
        while desk.replica.index_block():
            continue
        result = desk.search.search(" ".join(options.query), options.limit)
    for problem in result.problems:
        print(problem)
    for hit in result.hits:
        print(_as_json(hit) if options.json else _as_text(hit))
    return 0 if result.hits else NOTHING_FOUND


def _as_json(hit: SearchHit) -> str:
    return json.dumps(
        {
            "id": hit.conversation_id,
            "number": hit.number,
            "subject": hit.subject,
            "customer": hit.customer_name,
            "channel": hit.channel_kind.value,
            "status": hit.status,
            "excerpt": hit.excerpt,
            "at": hit.at.isoformat(),
        },
        ensure_ascii=False,
    )


def _as_text(hit: SearchHit) -> str:
    return f"#{hit.number}  {hit.at:%Y-%m-%d}  {hit.customer_name} — {hit.subject} ({hit.status})\n    {hit.excerpt}"
