"""Tags in the addresses of pages and of the API."""

from __future__ import annotations

from flask import abort

from app.lib.entities import TAG_MAX, tag_key


def tag_or_404(name: str) -> str:
    """The folded key of this tag, whether posts have it or not."""
    key = tag_key(name)
    if not key or len(key) > TAG_MAX:
        abort(404)
    return key
