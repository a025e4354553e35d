"""The list of what the owner of a new site still has to do."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.main.blueprint import bp
from app.services.site import checklist
from app.web.actors import acting
from app.web.view_options import requires_permission


@bp.post("/admin/checklist/dismiss")
@requires_permission("manage_site")
def dismiss_checklist() -> ResponseReturnValue:
    checklist.dismiss(acting())
    db.session.commit()
    return redirect(url_for("main.admin"))
