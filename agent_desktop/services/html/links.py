"""Judges the links of a message: where they may lead, and whether they say where they lead."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

MAX_LINK_CHARS: Final = 4_000

_SCHEME: Final = re.compile(r"(?:https?://[^/?#\s]|mailto:[^\s]|tel:[+\d(*#])", re.IGNORECASE)
_SHOWN_HOST: Final = re.compile(
    r"\s*(?:https?://|www\.)?(?:[^\s/@]{1,100}@)?((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,63})\.?(?=$|[/:?#\s])",
    re.IGNORECASE,
)
_SHOWN_MAIL: Final = re.compile(r"[^\s<>@(),:]{1,100}@[^\s<>@(),:]{3,200}")
# Some mail programs attach the local file that a link names.
_ATTACHES: Final = re.compile(r"[?&;]\s*attach", re.IGNORECASE)
# What a percent sign may hide, and no host has.
_NO_HOST: Final = re.compile(r"[\s/?#@\\%<>^|]")
# Browsers drop these before they look at a link.
_DROPPED: Final = re.compile(r"[\t\r\n]")


def safe_link(href: str) -> str | None:
    """The link as it may be opened, or None: only http, https, mailto and tel, and only complete ones."""
    link = _slashed(_DROPPED.sub("", href.strip("".join(map(chr, range(33))))))
    if len(link) > MAX_LINK_CHARS or not _SCHEME.match(link) or _has_controls(link):
        return None
    if link[:7].lower() == "mailto:" and _ATTACHES.search(unquote(link)):
        return None
    if link[:4].lower() == "http" and not link_host(link):
        return None
    return link


def _slashed(link: str) -> str:
    r"""The link with slashes where browsers read them: `https://bank.example\@evil.example` leads others elsewhere."""
    if link[:4].lower() != "http":
        return link
    end = min((at for at in map(link.find, "?#") if at >= 0), default=len(link))
    return link[:end].replace("\\", "/") + link[end:]


def link_host(link: str) -> str:
    """The host that a link leads to in ASCII, so that no look-alike letter hides in it; "" if none."""
    try:
        host = unquote(urlsplit(_slashed(link)).hostname or "", errors="replace")
    except ValueError:
        return ""
    if _NO_HOST.search(host):
        return ""
    labels = host[:253].split(".")
    return ".".join(label if label.isascii() else _punycode(label) for label in labels)


def _punycode(label: str) -> str:
    return "xn--" + label[:63].encode("punycode", "replace").decode("ascii")


def link_warning(text: str, href: str) -> str:
    """Where a link really leads, if its text says otherwise or the address itself deceives; else "".

    It deceives when there is a name before the host (`https://bank.example@evil.example`) or the
    host is spelt with letters of other scripts.
    """
    if href[:7].lower() == "mailto:":
        target = " ".join(unquote(href[7:].partition("?")[0])[:200].split()).lower()
        shown = _SHOWN_MAIL.search(text[:1_000])
        return target if shown and shown[0].strip(".").lower() not in target else ""
    if href[:4].lower() != "http":
        return ""
    host = link_host(href)
    authority = re.split(r"[/?#\\]", href.partition("://")[2], maxsplit=1)[0]
    if "@" in authority or "xn--" in host:
        return host
    shown = _SHOWN_HOST.match(text[:1_000])
    if shown is None or _is_same_site(shown[1].lower(), host):
        return ""
    return host


def _is_same_site(shown: str, host: str) -> bool:
    shown, host = shown.removeprefix("www."), host.removeprefix("www.")
    return shown == host or host.endswith(f".{shown}") or shown.endswith(f".{host}")


def _has_controls(link: str) -> bool:
    return any(char < " " or "\x7f" <= char <= "\x9f" for char in link)
