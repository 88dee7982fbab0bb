"""Tokens belong to a sign-in, and are renewed; second factors, accounts of the company, and what devices tell.

The one token that a device had stays good for ninety days, or until it is exchanged for tokens of the new kinds.
"""

from alembic import op
from sqlalchemy import Column, Text, text

from agent_desktop.store.core import WHOLE

_NINETY_DAYS = 90 * 24 * 3600 * 1_000_000


def upgrade() -> None:
    """Make the tables, and turn each token that is good into a sign-in with a lasting token."""
    op.create_table(
        "sign_in",
        Column("sign_in_id", Text, primary_key=True),
        Column("device_id", Text, nullable=False, index=True),
        Column("user_id", Text, nullable=False, index=True),
        Column("created_at", WHOLE, nullable=False),
        Column("expires_at", WHOLE, nullable=False),
        Column("until", WHOLE, nullable=False),
        Column("revoked_at", WHOLE),
    )
    op.create_table(
        "token",
        Column("sha256", Text, primary_key=True),
        Column("sign_in_id", Text, nullable=False, index=True),
        Column("kind", Text, nullable=False),
        Column("created_at", WHOLE, nullable=False),
        Column("expires_at", WHOLE, nullable=False, index=True),
        Column("used_at", WHOLE),
        Column("attempt_sha256", Text),
    )
    op.create_table(
        "authorization_code",
        Column("sha256", Text, primary_key=True),
        Column("user_id", Text, nullable=False),
        Column("redirect_uri", Text, nullable=False),
        Column("challenge", Text, nullable=False),
        Column("method", Text, nullable=False),
        Column("device", Text, nullable=False),
        Column("expires_at", WHOLE, nullable=False, index=True),
        Column("used_at", WHOLE),
        Column("sign_in_id", Text),
    )
    op.create_table(
        "second_factor",
        Column("user_id", Text, primary_key=True),
        Column("secret", Text, nullable=False),
        Column("since", WHOLE, nullable=False),
        Column("last_step", WHOLE, nullable=False),
    )
    op.create_table(
        "recovery_code",
        Column("sha256", Text, primary_key=True),
        Column("user_id", Text, nullable=False, index=True),
        Column("used_at", WHOLE),
    )
    op.create_table(
        "company_account",
        Column("issuer", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        Column("user_id", Text, nullable=False, index=True),
        Column("linked_at", WHOLE, nullable=False),
    )
    op.create_table(
        "sign_in_rule", Column("name", Text, primary_key=True), Column("value", Text, nullable=False)
    )
    _keep_tokens()
    with op.batch_alter_table("device") as device:
        device.drop_column("token_sha256")
        device.add_column(Column("os", Text, nullable=False, server_default=""))
        device.add_column(Column("client_version", Text, nullable=False, server_default=""))
        for name in ("pending", "wipe_requested_at", "wiped_at"):
            device.add_column(Column(name, WHOLE))
        device.add_column(Column("key_escrow", Text))


def _keep_tokens() -> None:
    # Ninety days after its last visit a device has to have exchanged its token.
    sign_ins = (
        "INSERT INTO sign_in (sign_in_id, device_id, user_id, created_at, expires_at, until)"
        " SELECT device_id, device_id, user_id, created_at, seen_at + :days, seen_at + :days"
        " FROM device WHERE revoked_at IS NULL"
    )
    tokens = (
        "INSERT INTO token (sha256, sign_in_id, kind, created_at, expires_at)"
        " SELECT token_sha256, device_id, 'lasting', created_at, seen_at + :days"
        " FROM device WHERE revoked_at IS NULL"
    )
    for statement in (sign_ins, tokens):
        op.get_bind().execute(text(statement), {"days": _NINETY_DAYS})
