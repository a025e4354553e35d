"""Finding where a web address ends in running text, and the form in which it becomes a link."""

import re
from functools import cache

import idna
from linkify_it import LinkifyIt
from markdown_it.common.normalize_url import normalizeLink, validateLink

# The longest address; what is longer ends there.
_URL_MAX = 1000
# Ideographic punctuation ends an address, since no space comes before it. A hyphen, an en dash and
# a joiner may stand inside one ("Wave–particle", and words of Persian), but not end it.
_RUN = re.compile(
    r"[^\s<>\"`\\\x00-\x1f\x7f-\x9f\u00ab\u00bb\u200b\u200e\u200f\u2014-\u202e\u2060-\u2069"
    r"\u3000-\u3004\u3008-\u3020\u3030\ufe30-\ufe4f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40"
    r"\uff5b-\uff65\ufeff]"
    rf"{{1,{_URL_MAX}}}"
)
_WWW = re.compile(r"www(?:\.[^.:]+){2}", re.IGNORECASE)
_HOST = re.compile(r"(?P<before>https?://(?:[^/?#]*@)?)(?P<host>[^/?#:\[\]]+)", re.IGNORECASE)
_BRACKETS = {")": "(", "]": "[", "}": "{"}
# What belongs to the sentence, not to the address, where it is the last character.
_TRAILING = ".,;:!?'*~\u200c\u200d\u2010\u2011\u2012\u2013"


def address_at(text: str, start: int) -> tuple[int, str] | None:
    """Return the end and the target of the address that begins exactly at `start`, or None."""
    run = _RUN.match(text, start)
    url = run.group() if run else ""
    prefix = "http://" if url[:4].lower() == "www." else ""
    host, path = _split(prefix + url)
    match = _linkifier().match_at_start(host)
    # "www.example" is incomplete, and https://bank.example@evil.example is deceptive.
    name = host.partition("//")[2]
    if match is None or "@" in name or (prefix and not _WWW.match(match.url.partition("//")[2])):
        return None
    found = match.url
    if match.last_index == len(host):
        found += _path_of(path)
    href = target(found)
    return (start + len(found) - len(prefix), href) if href else None


def target(url: str) -> str:
    """Return `url` encoded, its host in ASCII; "" for one that no browser could open."""
    try:
        url = _HOST.sub(_ascii_host, url, count=1)
    except idna.IDNAError:
        return ""
    href: str = normalizeLink(url)
    return href if validateLink(href) else ""


def _split(url: str) -> tuple[str, str]:
    """Split `url` before its path, query or fragment."""
    end = re.compile("[/?#]").search(url, url.find("//") + 2)
    return (url[: end.start()], url[end.start() :]) if end else (url, "")


def _path_of(text: str) -> str:
    """What of `text` belongs to the address: its brackets are pairs, and it ends no sentence."""
    opened: list[int] = []
    end = len(text)
    for place, char in enumerate(text):
        if char in _BRACKETS.values():
            opened.append(place)
        elif char in _BRACKETS:
            if not opened or text[opened[-1]] != _BRACKETS[char]:
                end = place
                break
            opened.pop()
    end = min([end, *opened])
    return text[:end].rstrip(_TRAILING)


def _ascii_host(match: re.Match[str]) -> str:
    host = match["host"]
    if not host.isascii():
        host = idna.encode(host, uts46=True).decode()
    elif "xn--" in host.lower():
        idna.decode(host)
    return match["before"] + host


@cache
def _linkifier() -> LinkifyIt:
    linkifier = LinkifyIt(options={"fuzzy_link": False, "fuzzy_email": False})
    for schema in ("ftp:", "//", "mailto:"):
        linkifier.add(schema, None)
    return linkifier
