"""`agent-desktop-server receive --channel ADDRESS < mail`: takes one mail over from the mail server of the house.

Its exit code tells that server what to do (sysexits): 0 the mail is here for good, 75 it cannot be taken now and is to
be brought again, 64 and 65 it was called wrongly or there is no such channel, and bringing it again helps nothing.
"""

import argparse
import sys
from typing import BinaryIO

from agent_desktop.cli.server.opening import add_files, opened
from agent_desktop.domain.errors import AppError, InputError
from agent_desktop.domain.workspace import Channel, ChannelKind
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.rows import SqlRows
from sync.server.mail.inbound import InboundStore

USAGE, UNUSABLE, LATER = 64, 65, 75
LARGEST = 60_000_000
"""Bytes of a mail."""


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser("receive", parents=[common], help="take a mail from standard input over")
    parser.add_argument(
        "--channel", required=True, metavar="ADDRESS", help="the address of the channel that it is for"
    )
    add_files(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Take the mail over; the exit code for the mail server."""
    try:
        return _taken(options, sys.stdin.buffer)
    except InputError as error:
        return _said(error.sentence, USAGE)
    except AppError as error:
        return _said(error.sentence, LATER)
    except OSError as error:
        return _said(f"The mail cannot be stored now: {error.strerror}.", LATER)


def _taken(options: argparse.Namespace, given: BinaryIO) -> int:
    if options.blobs is None:
        raise InputError("Say where attachments are kept: --blobs DIR.")
    raw = given.read(LARGEST + 1)
    if not raw.strip():
        return _said("There is no mail on standard input.", UNUSABLE)
    if len(raw) > LARGEST:
        return _said(f"The mail is larger than {LARGEST // 1_000_000} MB.", UNUSABLE)
    with opened(options) as here:
        with here.database.read() as sql:
            channels = SqlRows(sql, here.schema.tables).query(Channel, kind=ChannelKind.EMAIL)
        wanted = options.channel.strip().casefold()
        found = [channel for channel in channels if channel.address.casefold() == wanted]
        if not found:
            return _said(f"There is no e-mail channel with the address {options.channel}.", UNUSABLE)
        files = BlobStore(options.blobs)
        InboundStore(here.database, files, here.clock).store(found[0].id, _unwrapped(raw), here.clock.now())
    return 0


def _unwrapped(raw: bytes) -> bytes:
    """Without the line that mailbox files begin mails with, and some servers leave on."""
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw


def _said(sentence: str, code: int) -> int:
    print(sentence, file=sys.stderr)
    return code
