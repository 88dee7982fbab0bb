"""Passwords that are guessed first: common ones of ten characters and more are a word with a decoration, or a pattern.

A list of the most common would be long and old at once; what they have in common is short. Free of I/O.
"""

import re
from collections.abc import Iterable

_WORDS = frozenset(
    "password passwort passwd motdepasse contrasena senha parola wachtwoord haslo welcome willkommen "
    "bienvenue letmein login admin administrator root user guest test testing demo default changeme "
    "secret geheim private access master manager support helpdesk service office company server system "
    "computer internet windows google facebook youtube iloveyou loveyou love lovely lover princess prince "
    "sunshine sunny summer sommer winter spring autumn herbst monday friday january october november "
    "december monkey dragon tiger lion eagle falcon phoenix panther shadow ghost killer hunter ranger "
    "soldier batman superman spiderman pokemon starwars matrix football soccer baseball basketball hockey "
    "liverpool chelsea arsenal barcelona juventus yankees cowboys steelers michael jordan jennifer "
    "jessica michelle daniel charlie thomas andrew joshua matthew robert nicole ashley amanda hannah "
    "anthony alexander whatever trustno freedom forever family friends hello hallo bonjour ciao chocolate "
    "cookie cheese pepper ginger flower butterfly angel heaven jesus blessed lucky happy smile music "
    "guitar rockstar mustang ferrari porsche mercedes corvette harley yamaha diamond silver golden purple "
    "orange banana apple samsung qwerty qwertz azerty asdf asdfgh zxcvbn abc abcd abcdef qwe asd zxc "
    "agent desktop agentdesktop".split()
)
_SEQUENCES = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "qazwsxedcrfvtgb",
)
_RUNS = (*_SEQUENCES, *(sequence[::-1] for sequence in _SEQUENCES))
_SHORTEST_RUN = 3
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEFT, _WORDS_TAKEN, _DIFFERENT = 2, 2, 4
"""So few other letters, beside so many words, make no difference; nor do so few different characters in all."""


def is_guessed_first(password: str, names: Iterable[str] = ()) -> bool:
    """Whether it is among what everybody tries. `names` are those of the person, the workspace and the like."""
    plain = password.casefold()
    return len(set(plain)) <= _DIFFERENT or _repeats(plain) or _is_run(plain) or _is_word(plain, names)


def _repeats(plain: str) -> bool:
    """A short piece, said again and again."""
    return any((plain[:size] * len(plain)).startswith(plain) for size in range(1, 6))


def _is_run(plain: str) -> bool:
    """Neighbours on the keyboard or in the alphabet, from one end to the other."""
    at = other = 0
    while at < len(plain):
        end = at + 1
        while end < len(plain) and any(plain[at : end + 1] in run for run in _RUNS):
            end += 1
        if end - at < _SHORTEST_RUN:
            other += 1
            end = at + 1
        at = end
    return other <= _LEFT


def _is_word(plain: str, names: Iterable[str]) -> bool:
    """One or two common words, with digits and signs around them or in place of letters."""
    known = _WORDS | {part for name in names for part in re.findall(r"[^\W\d_]{3,}", name.casefold())}
    for letters in (re.sub(r"[\W\d_]+", "", plain), re.sub(r"[\W\d_]+", "", plain.translate(_LEET))):
        rest = letters
        for _ in range(_WORDS_TAKEN):
            longest = max((word for word in known if word in rest), key=len, default="")
            rest = rest.replace(longest, "") if longest else rest
        if letters and len(rest) <= _LEFT and rest != letters:
            return True
    return False
