"""Sign in with a passkey, which counts as password and code, and confirm later that it is you."""

from __future__ import annotations

import logging

from flask import Response, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.auth.blueprint import bp
from app.auth.routes.sessions import confirmed, enter, lead_on
from app.extensions import db
from app.lib.log_events import log_event
from app.lib.urls import safe_path
from app.services.accounts import passkeys
from app.services.errors import PasskeyRefusedError
from app.web import pending_sign_in
from app.web.failures import message_of
from app.web.rate_limits import sign_in
from app.web.rate_limits.rules import limited, per_network, per_person
from app.web.resume import path_to_resume, rule_of, show
from app.web.sessions import current_session, visitor_token
from app.web.view_options import for_suspended, for_visitors
from app.web.viewer import member, viewer


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


@bp.post("/sudo/passkey/options")
@for_suspended
@limited("sudo-passkey-options", per_person("60/hour"))
def sudo_passkey_options() -> ResponseReturnValue:
    options = passkeys.ask_again(member(), _session_key())
    db.session.commit()
    return Response(options, mimetype="application/json", headers={"Cache-Control": "no-store"})


@bp.post("/sudo/passkey")
@for_suspended
@limited("sudo-passkey", per_person("60/hour"))
def confirm_with_passkey() -> ResponseReturnValue:
    """Show again who one is, as with the password at `/auth/sudo`."""
    try:
        passkeys.confirm(member(), request.form.get("credential", ""), _session_key())
    except PasskeyRefusedError as error:
        # What was claimed stays claimed: a challenge is for one try.
        db.session.commit()
        log_event("authn_login_fail", logging.WARNING, by="passkey")
        return _again("auth.sudo", message_of(error))
    return confirmed()


def _session_key() -> str:
    """What a challenge is bound to: this session."""
    session = current_session()
    return session.csrf_key if session is not None else ""


def _again(endpoint: str, message: str) -> ResponseReturnValue:
    flash(message, "error")
    if path_to_resume() is not None:
        return show(rule_of(endpoint), {})
    return redirect(url_for(endpoint, next=safe_path(request.form.get("next"))))
