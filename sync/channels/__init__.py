"""Channels: one file for each kind of account that customers write to. A file that is added here is found.

What connects accounts asks `channel_specs` and never names a kind.
"""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from random import Random
from typing import TYPE_CHECKING

from agent_desktop.domain.channels import LIMITS, ChannelLimits
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.workspace import Channel, ChannelKind
from sync.channels.mail.reply_token import Signer
from sync.server.ports import (
    ChannelPort,
    Dial,
    InboundPort,
    MailPlacePort,
    OpenMailAccount,
    Receiver,
)

if TYPE_CHECKING:
    from sync.channels.mail.kept_lines import KeptLines

SPEC = "SPEC"
"""What a channel's file calls its `ChannelSpec`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a channel may use. `signer` signs the names of what we send, `lines` keeps connections for sending; without,
    each reply has its own.
    """

    clock: Clock
    dial: Dial
    random: Random
    signer: Signer
    inbound: InboundPort
    lines: "KeptLines | None" = None


MakePort = Callable[[Channel, OpenMailAccount, Surroundings], ChannelPort | None]
"""What sends for an account; None: it is set up to send nothing."""
MakeReceiver = Callable[[OpenMailAccount, MailPlacePort, Surroundings], Receiver | None]
"""What reads an account; None: what arrives is brought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSpec:
    """A kind of channel: what it can carry, and what sends and receives for an account of it."""

    kind: ChannelKind
    title: str
    limits: ChannelLimits
    sender: MakePort
    receiver: MakeReceiver

    def __post_init__(self) -> None:
        assert self.limits is LIMITS[self.kind], "the composer reads the limits there"


@cache
def channel_specs() -> tuple[ChannelSpec, ...]:
    """Every kind of channel that can be connected."""
    files = (
        import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
        if not found.ispkg
    )
    return tuple(spec for file in files if isinstance(spec := getattr(file, SPEC, None), ChannelSpec))


def spec_of(kind: ChannelKind) -> ChannelSpec | None:
    """The channel of a kind; None: it cannot be connected yet."""
    return next((spec for spec in channel_specs() if spec.kind is kind), None)
