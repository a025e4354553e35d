"""What to say to those who block something that cannot be blocked."""

from __future__ import annotations

from flask_babel import gettext as _

from app.lib.blocklist_values import BlocklistProblem


def blocklist_advice(problem: BlocklistProblem) -> str:
    """How to fix what cannot be blocked."""
    match problem:
        case BlocklistProblem.DOMAIN:
            advice = _("Write a domain such as example.org.")
        case BlocklistProblem.ADDRESS:
            advice = _("This doesn't look like an email address.")
        case BlocklistProblem.NETWORK:
            advice = _("Write an address such as 192.0.2.7, or a network such as 192.0.2.0/24.")
        case BlocklistProblem.TOO_WIDE:
            advice = _("This network is too large. Use /8 or smaller, or /16 or smaller with IPv6.")
        case BlocklistProblem.PATTERN:
            advice = _(
                "Write a username of at least two characters. Up to four stars stand for "
                "anything, as in *casino*."
            )
    return str(advice)
