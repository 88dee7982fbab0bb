"""`agent-desktop-server openapi`: prints the description of the server's HTTP interface."""

import argparse
import json

from sync.server.openapi import document


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser("openapi", help="print the OpenAPI document of the server")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print it."""
    print(json.dumps(document(), indent=2))
    return 0
