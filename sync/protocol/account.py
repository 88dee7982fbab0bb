"""What somebody asks a server about their own account."""

from typing import Annotated, TypeAlias

import msgspec

LONGEST_TYPED = 1_024
"""Characters of a password, as it is typed."""
SIGN_IN_FIRST = "sign_in_first"
"""The code of a problem: it is done for those who have just signed in on their device."""
Typed: TypeAlias = Annotated[str, msgspec.Meta(max_length=LONGEST_TYPED)]


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True):
    """The password that counts now, and the next one. `sign_out_others`: the user's other devices have to sign in."""

    current: Typed
    new: Typed
    sign_out_others: bool = True
