"""How one's own devices read in the settings."""

from datetime import datetime, tzinfo

from agent_desktop.services.own_account import OwnDevice
from ui.icon_names import IconName
from ui.models.administration_text import contact_text
from ui.models.cells import Cell, Column, TableRow
from ui.tokens import ChipTone, ColorRole

OWN_DEVICES = (Column("Device", 1), Column("Last contact"), Column("State"))


def own_device_row(device: OwnDevice, now: datetime, zone: tzinfo | None = None) -> TableRow:
    """One device: what it is, and whether somebody works with it."""
    color = ColorRole.TEXT if device.signed_in else ColorRole.TEXT_3
    return TableRow(
        device.id,
        (
            Cell(
                text=device.name or "Computer",
                detail=_detail(device),
                icon=IconName.WINDOW,
                color=color,
            ),
            Cell(text=contact_text(device.seen_at, now, zone), color=ColorRole.TEXT_2),
            _state(device),
        ),
    )


def _detail(device: OwnDevice) -> str:
    system = device.os or "System not told"
    if not device.pending or device.this:
        return system
    waits = "1 change waits" if device.pending == 1 else f"{device.pending:,} changes wait"
    return f"{system} · {waits} there"


def _state(device: OwnDevice) -> Cell:
    if device.this:
        return Cell(text="This computer", tone=ChipTone.ACCENT)
    if device.signed_in:
        return Cell(text="Signed in", tone=ChipTone.OK)
    return Cell(text="Signed out", tone=ChipTone.NEUTRAL)
