"""Phone numbers: the forms in which one number is written, with its country and without."""

from agent_desktop.domain.workspace import ChannelKind

NUMBER_KINDS = (ChannelKind.PHONE, ChannelKind.SMS, ChannelKind.WHATSAPP)
"""Kinds of channel whose addresses are phone numbers."""
SHORTEST = 7
"""Numbers of fewer digits, without country and trunk zero, are not told apart by their digits."""
_ONE_DIGIT = ("1", "7")
_TWO_DIGITS = tuple(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58"
    " 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98".split()
)
_THREE_DIGITS = tuple(
    f"{zone}{digit}"
    for zone in "21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99".split()
    for digit in range(10)
)
_CODES = (*_ONE_DIGIT, *_TWO_DIGITS, *_THREE_DIGITS)
"""What country codes can be by the plan of the ITU (E.164): none of them is the beginning of another."""


def forms_of(number: str) -> tuple[str, ...]:
    """How else a number may be written that is "+" and digits, or digits as they are dialled inside a country.

    Both as `normalise_address` gives them. The number itself comes first, and nothing when it is too short to tell
    anything. A number without its country is that of any country: what is found so is alike, not the same.
    """
    digits = number.removeprefix("+")
    if not digits.isdecimal():
        return ()
    forms = [number]
    if number.startswith("+"):
        code = next((code for code in _CODES if digits.startswith(code)), "")
        national = digits.removeprefix(code)
        forms += [digits, national, f"0{national}"]
    else:
        national = digits.removeprefix("0")
        forms += [f"+{digits}", national, f"0{national}"]
        forms += [f"+{code}{inside}" for code in _CODES for inside in dict.fromkeys((national, digits))]
    if len(national) < SHORTEST:
        return ()
    return tuple(form for form in dict.fromkeys(forms) if not form.startswith("00"))
