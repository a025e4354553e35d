"""The security log of one's own account."""

from __future__ import annotations

from functools import partial

from flask import render_template
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.services.accounts import security_events
from app.web.paging import page_of
from app.web.viewer import member


@bp.get("/settings/security-log")
def security_log() -> ResponseReturnValue:
    page = page_of(partial(security_events.page, member()), key=lambda event: event.id)
    return render_template("accounts/settings/security_log.html", page=page)
