"""Open-redirect protection: whether a path from a visitor is safe to redirect to."""

import re
import unicodedata
from urllib.parse import unquote, urlsplit

from app.lib.text import is_clean

TARGET_MAX = 2000

# White space, controls, invisible characters, and the backslash, which browsers read as a slash.
_FORBIDDEN = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Not allowed even percent-encoded; a space or a joiner inside a tag is.
_FORBIDDEN_ENCODED = re.compile(r"//|[\\\x00-\x1f\x7f-\x9f]")
# Enough for a slash encoded twice by two careless proxies.
_DECODINGS = 3


def safe_path(target: str | None) -> str | None:
    """Return `target` if it is a path on this site (query and fragment allowed), else None."""
    if not target or len(target) > TARGET_MAX or not target.startswith("/"):
        return None
    if _FORBIDDEN.search(target) or not is_clean(target):
        return None
    path = re.split("[?#]", target, maxsplit=1)[0]
    for _ in range(_DECODINGS + 1):
        # NFKC too, since a proxy may turn a full-width solidus into a real one.
        if _FORBIDDEN_ENCODED.search(unicodedata.normalize("NFKC", path)):
            return None
        path = unquote(path)
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target
