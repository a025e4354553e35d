"""The way into `/admin`."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.web.navigation import admin_pages
from app.web.view_options import for_staff


@bp.get("/admin")
@for_staff
def admin() -> ResponseReturnValue:
    """The first page that the viewer may open."""
    endpoint, _label = admin_pages()[0]
    return redirect(url_for(endpoint))
