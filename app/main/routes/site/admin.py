"""The way into `/admin`."""

from __future__ import annotations

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.web.navigation import admin_pages


@bp.get("/admin")
def admin() -> ResponseReturnValue:
    """The first page that the viewer may open; for others there is no such address."""
    pages = admin_pages()
    if not pages:
        abort(404)
    return redirect(url_for(pages[0][0]))
