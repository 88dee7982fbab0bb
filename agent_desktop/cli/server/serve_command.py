"""`agent-desktop-server serve`: serves a workspace until it is told to stop."""

import argparse
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from agent_desktop.cli.server.opening import add_files, opened, workspace_of
from agent_desktop.cli.server.sign_in_options import add_sign_in, company_of, key_of, public_url_of
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.workspace import Channel
from sync.channels.mail.connecting import dial
from sync.channels.mail.exchangers import exchangers_of
from sync.channels.simulated import SimulatedChannel
from sync.server import logs
from sync.server.backend import Backend
from sync.server.background import Background
from sync.server.blobs import Uploads
from sync.server.database import SqliteServerDatabase
from sync.server.limits import Limits
from sync.server.mail.hosts import PublicMailHosts
from sync.server.mail.inbound import InboundStore
from sync.server.mail.ingesting import Ingester
from sync.server.mail.post_office import MailWays, PostOffice
from sync.server.mail.registrations import registrations
from sync.server.outbound import OutboundWorker
from sync.server.ports import ChannelPort
from sync.server.services import Services
from sync.server.serving import TeamServer, allow_many_files, bind
from sync.server.sign_in.accounts import Accounts
from sync.server.unnamed_files import UnnamedFiles

LISTEN = "127.0.0.1:8080"
_SPARE_CONNECTIONS = 3
"""Beyond the threads of requests: for sending and signing in."""


def add_to(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    """Describe the command."""
    parser = commands.add_parser("serve", parents=[common], help="serve the workspace")
    parser.add_argument("--listen", default=LISTEN, metavar="HOST:PORT", help=f"where ({LISTEN})")
    parser.add_argument(
        "--proxy",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="whose word on a client's address is taken: that of the TLS proxy before the server (127.0.0.1)",
    )
    parser.add_argument(
        "--simulate-channels", action="store_true", help="take every reply, and send none: for a trial"
    )
    parser.add_argument(
        "--mail-hosts",
        choices=("public", "private"),
        default="public",
        help="which mail servers may be set up: those on the internet (public), or any that this server reaches",
    )
    add_files(parser)
    add_sign_in(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve. Raises InputError when there is no workspace, or the address is taken."""
    limits = Limits()
    with ExitStack() as stack:
        here = stack.enter_context(opened(options, limits.threads + _SPARE_CONNECTIONS))
        workspace_of(here)
        folder = _files(options)
        key, public_url = key_of(options, folder), public_url_of(options)
        company = company_of(options, public_url, here.database, here.clock)
        listening = stack.enter_context(bind(options.listen))
        allow_many_files()
        logs.set_up()
        accounts = Accounts(here.database, here.schema, here.clock, here.ids, key=key)
        uploads = Uploads(folder, limits.blob)
        backend = Backend(here.database, here.schema, here.clock, here.ids, uploads, shelf=uploads)
        backend.store.start()
        inbound = InboundStore(here.database, uploads, here.clock)
        ways = MailWays(
            dial=dial if options.mail_hosts == "private" else PublicMailHosts(),
            registrations=registrations(),
            exchangers=exchangers_of,
        )
        # Several processes may serve a PostgreSQL; a file has one.
        alone = isinstance(here.database, SqliteServerDatabase)
        office = PostOffice(backend, key, here.clock, inbound, ways, alone=alone)
        services = Services(
            backend=backend,
            accounts=accounts,
            uploads=uploads,
            clock=here.clock,
            limits=limits,
            public_url=public_url,
            company=company,
            post_office=office,
        )
        ports = _simulated(SimulatedChannel()) if options.simulate_channels else office.port_of
        outbound = OutboundWorker(backend.store, here.clock, ports, uploads.read)
        ingester = Ingester(
            backend.store,
            uploads,
            here.clock,
            named_reply=office.named_reply,
            trusted_host=office.trusted_host,
            alone=alone,
        )
        stack.callback(ingester.close)
        jobs = (*backend.jobs, ingester, UnnamedFiles(here.database, uploads, here.clock))
        background = Background(backend.store, outbound, here.clock, alone=alone, jobs=jobs)
        server = TeamServer(services, options.proxy)
        inbound.subscribe(background.wake)
        background.start()
        stack.callback(background.stop)
        if not options.simulate_channels:
            office.start()
            stack.callback(office.stop)
        server.serve_on(listening)
    return 0


def _files(options: argparse.Namespace) -> Path:
    if options.blobs is None:
        raise InputError("Say where attachments are kept: --blobs DIR.")
    folder = Path(options.blobs)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {folder} cannot be used: {error.strerror}.", str(error)) from error
    return folder


def _simulated(channel: SimulatedChannel) -> Callable[[Channel], ChannelPort]:
    return lambda configured: channel
