"""How much a moderator does in an hour: more is a mistake, or somebody with a stolen session."""

from __future__ import annotations

from app.web.rate_limits.rules import per_person

# Decisions, and taking them back, on pages and by programs together.
DECISIONS_MAX = per_person("60/hour")
