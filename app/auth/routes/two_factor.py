"""The second step of signing in: a code from the app, or a recovery code."""

from __future__ import annotations

import logging

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.blueprint import bp
from app.auth.forms.two_factor import CodeForm
from app.auth.routes.sessions import enter, lead_on
from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.log_events import log_event
from app.lib.urls import safe_path
from app.lib.user_agents import device_name
from app.models import User
from app.services.accounts import security_events
from app.services.accounts import two_factor as factors
from app.web import pending_sign_in
from app.web.client_ip import client_network
from app.web.headers import no_store_no_referrer
from app.web.pending_sign_in import PendingSignIn
from app.web.rate_limits import second_factor
from app.web.rate_limits.rules import limited, per_network
from app.web.view_options import for_visitors
from app.web.viewer import viewer


@bp.route("/two-factor", methods=["GET", "POST"])
@for_visitors
@defers_write_lock
@limited("two-factor", per_network("60/5 minutes"))
def two_factor() -> ResponseReturnValue:
    if viewer() is not None:
        return lead_on()
    pending = pending_sign_in.current()
    if pending is None:
        return _again()
    form = CodeForm(next=safe_path(request.args.get("next")) or "")
    if form.validate_on_submit():
        second_factor.hit(pending.user)
        with form.errors_under(form.given):
            return _enter(pending.user, factors.use_code(pending.user, form.given.data))
        _record_failure(pending)
    has_app = factors.is_enrolled(pending.user)
    page = render_template("auth/two_factor.html", form=form, has_app=has_app)
    return no_store_no_referrer(make_response(page, form.status))


def _again() -> ResponseReturnValue:
    flash(_("Please sign in again: that took too long."), "info")
    target = safe_path(request.values.get("next"))
    return redirect(url_for("auth.login", next=target))


def _enter(user: User, method: str) -> ResponseReturnValue:
    # Again and under the lock: the password may have changed, or somebody was faster.
    pending = pending_sign_in.current(for_update=True)
    if pending is None:
        db.session.rollback()
        return _again()
    pending_sign_in.end()
    enter(user, is_remembered=pending.is_remembered, time_zone=pending.time_zone, method=method)
    second_factor.refund(user)
    return lead_on()


def _record_failure(pending: PendingSignIn) -> None:
    """Note for the owner that somebody who knows the password had no right code."""
    log_event("authn_login_fail", logging.WARNING, whose=pending.user.id, by="code")
    device = device_name(request.user_agent.string)
    security_events.record(pending.user, "code_failed", device=device, network=client_network())
    db.session.commit()
