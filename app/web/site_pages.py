"""Which pages about the site there are, and what its owner still has to do."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, current_app

from app.policies import has_permission
from app.services.site import checklist
from app.services.site.checklist import Step
from app.web.viewer import loaded_viewer, viewer


def may_read_site_pages() -> bool:
    """Whoever may join has to know what they agree to, also where only members read posts."""
    # First, since that also looks whether the settings have changed.
    is_member, config = viewer() is not None, current_app.config
    return is_member or config["PUBLIC_READING"] or config["REGISTRATION"] != "closed"


def setup_steps() -> Sequence[Step]:
    """What the viewer still has to do for a new site, if they manage it."""
    return checklist.open_steps() if has_permission(loaded_viewer(), "manage_site") else ()


def init_app(app: Flask) -> None:
    app.jinja_env.globals |= {
        "setup_steps": setup_steps,
        "may_read_site_pages": may_read_site_pages,
    }
