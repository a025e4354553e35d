"""What the kinds of notifications that people choose about are called, in this order."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

# One for each kind in CHOOSABLE.
KIND_LABELS = {
    "reply": _l("Replies"),
    "mention": _l("Mentions"),
    "follow": _l("New followers"),
    "follow_request": _l("Follow requests"),
    "follow_accepted": _l("Accepted requests"),
    "like": _l("Likes"),
    "repost": _l("Reposts"),
}
