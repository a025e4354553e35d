"""The devices on which the user is signed in."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.extensions import db
from app.main.blueprint import bp
from app.models import Session
from app.services.accounts import sessions
from app.web.sessions import current_session
from app.web.view_options import sudo
from app.web.viewer import member


@bp.get("/settings/sessions")
def session_settings() -> ResponseReturnValue:
    rows = db.session.scalars(Session.open_of(member())).all()
    this = current_session()
    return render_template(
        "accounts/settings/sessions.html", sessions=rows, current_id=this.id if this else None
    )


@bp.post("/settings/sessions/<int:session_id>/end")
@sudo
def end_session(session_id: int) -> ResponseReturnValue:
    row = db.first_or_404(Session.open_of(member()).where(Session.id == session_id))
    sessions.end_device(row, member())
    db.session.commit()
    flash(_("That device was signed out."))
    return redirect(url_for("main.session_settings"))


@bp.post("/settings/sessions/end")
@sudo
def end_other_sessions() -> ResponseReturnValue:
    count = sessions.end_devices(member(), except_for=current_session())
    db.session.commit()
    flash(
        ngettext("%(num)s device was signed out.", "%(num)s devices were signed out.", count)
        if count
        else _("You aren't signed in anywhere else.")
    )
    return redirect(url_for("main.session_settings"))
