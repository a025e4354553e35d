"""Sign in with a passkey, which counts as password and code."""

from __future__ import annotations

import logging

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.blueprint import bp
from app.auth.routes.sessions import enter, lead_on
from app.extensions import db
from app.lib.log_events import log_event
from app.lib.urls import safe_path
from app.services.accounts import passkeys
from app.services.errors import PasskeyRefusedError
from app.web import pending_sign_in
from app.web.failures import message_of
from app.web.rate_limits import sign_in
from app.web.rate_limits.rules import limited, per_network
from app.web.resume import path_to_resume, rule_of, show
from app.web.sessions import visitor_token
from app.web.view_options import for_visitors
from app.web.viewer import viewer


@bp.post("/passkey/options")
@for_visitors
@limited("passkey-options", per_network("60/5 minutes"))
def passkey_options() -> ResponseReturnValue:
    if viewer() is not None:
        return lead_on()
    options = passkeys.ask(visitor_token())
    db.session.commit()
    return Response(options, mimetype="application/json", headers={"Cache-Control": "no-store"})


@bp.post("/passkey")
@for_visitors
@limited("passkey", per_network("60/5 minutes"))
def sign_in_with_passkey() -> ResponseReturnValue:
    if viewer() is not None:
        return lead_on()
    pending = pending_sign_in.current()
    try:
        user = passkeys.authenticate(request.form.get("credential", ""), visitor_token())
    except PasskeyRefusedError as error:
        # What was claimed stays claimed: a challenge is for one try.
        db.session.commit()
        log_event("authn_login_fail", logging.WARNING, by="passkey")
        return _again("auth.login" if pending is None else "auth.two_factor", message_of(error))
    sign_in.hit_success(user)
    is_remembered, zone = "remember_me" in request.form, request.form.get("time_zone", "")
    if pending is not None and pending.user == user:
        is_remembered, zone = pending.is_remembered, pending.time_zone
    pending_sign_in.end()
    enter(user, is_remembered=is_remembered, time_zone=zone, method="passkey")
    return lead_on()


def _again(endpoint: str, message: str) -> ResponseReturnValue:
    flash(message, "error")
    if path_to_resume() is not None:
        return show(rule_of(endpoint), {})
    return redirect(url_for(endpoint, next=safe_path(request.form.get("next"))))
