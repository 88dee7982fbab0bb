"""Who may sign in, how, and from which devices: tables of the server alone, never replicated.

Secrets are kept as SHA-256 (tokens and codes, of 128 random bits and more), as argon2id (passwords), or sealed with the
key of the server (second factors). Times are in microseconds.
"""

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class AccountTables:
    """Passwords, second factors, devices, sign-ins and their tokens."""

    def __init__(self, metadata: MetaData) -> None:
        self.account = Table(
            "account",
            metadata,
            Column("user_id", Text, primary_key=True),
            Column("password", Text, nullable=False),
            Column("changed_at", _NUMBER, nullable=False),
        )
        self.device = Table(
            "device",
            metadata,
            Column("device_id", Text, primary_key=True),
            Column("user_id", Text, nullable=False, index=True),
            Column("name", Text, nullable=False),
            Column("os", Text, nullable=False, server_default=""),
            Column("client_version", Text, nullable=False, server_default=""),
            # How many operations waited there when it last spoke of it; NULL: it never did.
            Column("pending", _NUMBER),
            Column("created_at", _NUMBER, nullable=False),
            Column("seen_at", _NUMBER, nullable=False),
            Column("revoked_at", _NUMBER),
            Column("wipe_requested_at", _NUMBER),
            Column("wiped_at", _NUMBER),
            Column("key_escrow", Text),
        )
        # One time that somebody proved who they are: all tokens that follow from it are revoked together.
        self.sign_in = Table(
            "sign_in",
            metadata,
            Column("sign_in_id", Text, primary_key=True),
            Column("device_id", Text, nullable=False, index=True),
            Column("user_id", Text, nullable=False, index=True),
            Column("created_at", _NUMBER, nullable=False),
            # It ends then unless it is renewed before, and at `until` in any case.
            Column("expires_at", _NUMBER, nullable=False),
            Column("until", _NUMBER, nullable=False),
            Column("revoked_at", _NUMBER),
        )
        self.token = Table(
            "token",
            metadata,
            Column("sha256", Text, primary_key=True),
            Column("sign_in_id", Text, nullable=False, index=True),
            Column("kind", Text, nullable=False),
            Column("created_at", _NUMBER, nullable=False),
            Column("expires_at", _NUMBER, nullable=False, index=True),
            # When it was exchanged for its successor, and by which attempt of the client.
            Column("used_at", _NUMBER),
            Column("attempt_sha256", Text),
        )
        self.authorization_code = Table(
            "authorization_code",
            metadata,
            Column("sha256", Text, primary_key=True),
            Column("user_id", Text, nullable=False),
            Column("redirect_uri", Text, nullable=False),
            Column("challenge", Text, nullable=False),
            Column("method", Text, nullable=False),
            # What the device said of itself when it asked.
            Column("device", Text, nullable=False),
            Column("expires_at", _NUMBER, nullable=False, index=True),
            Column("used_at", _NUMBER),
            # What was given for it: revoked where the code is shown a second time.
            Column("sign_in_id", Text),
        )
        self.second_factor = Table(
            "second_factor",
            metadata,
            Column("user_id", Text, primary_key=True),
            Column("secret", Text, nullable=False),
            Column("since", _NUMBER, nullable=False),
            # The time step of the last code that was taken: none is taken twice.
            Column("last_step", _NUMBER, nullable=False),
        )
        self.recovery_code = Table(
            "recovery_code",
            metadata,
            Column("sha256", Text, primary_key=True),
            Column("user_id", Text, nullable=False, index=True),
            Column("used_at", _NUMBER),
        )
        # By issuer and subject alone: e-mail addresses change hands.
        self.company_account = Table(
            "company_account",
            metadata,
            Column("issuer", Text, primary_key=True),
            Column("subject", Text, primary_key=True),
            Column("user_id", Text, nullable=False, index=True),
            Column("linked_at", _NUMBER, nullable=False),
        )
        # Whom the word of the company's provider on their e-mail address lets in, until when.
        self.company_invitation = Table(
            "company_invitation",
            metadata,
            Column("user_id", Text, primary_key=True),
            Column("until", _NUMBER, nullable=False),
        )
        self.sign_in_rule = Table(
            "sign_in_rule",
            metadata,
            Column("name", Text, primary_key=True),
            Column("value", Text, nullable=False),
        )
