"""The passkeys of one's own account."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.log_events import log_event
from app.lib.user_agents import device_name
from app.main.blueprint import bp
from app.main.forms.passkeys import PasskeyForm
from app.models import Passkey
from app.services.accounts import passkeys
from app.web.rate_limits.rules import limited, per_person
from app.web.sessions import current_session
from app.web.view_options import sudo
from app.web.viewer import member


@bp.get("/settings/passkeys")
@sudo
def passkey_settings() -> ResponseReturnValue:
    return _page(PasskeyForm(None, name=device_name(request.user_agent.string)))


def _page(form: PasskeyForm) -> ResponseReturnValue:
    rows = db.session.scalars(Passkey.of(member())).all()
    page = render_template(
        "accounts/settings/passkeys.html",
        form=form,
        passkeys=rows,
        host=passkeys.relying_party().host,
    )
    return page, form.status


@bp.post("/settings/passkeys/options")
@sudo
@limited("passkey-new", per_person("60/hour"))
def new_passkey_options() -> ResponseReturnValue:
    options = passkeys.ask_for_new(member(), _browser())
    db.session.commit()
    return Response(options, mimetype="application/json", headers={"Cache-Control": "no-store"})


@bp.post("/settings/passkeys")
@sudo
@limited("passkey-add", per_person("30/hour"))
def add_passkey() -> ResponseReturnValue:
    form = PasskeyForm()
    if form.validate_on_submit():
        with form.errors_under(form.name):
            answer = request.form.get("credential", "")
            passkeys.add(member(), form.name.data, answer, _browser(), keep=current_session())
            db.session.commit()
            log_event("authn_factor_added", kind="passkey")
            flash(_("Passkey added. You can sign in with it from now on."))
            return redirect(url_for("main.passkey_settings"))
    return _page(form)


@bp.post("/settings/passkeys/<int:passkey_id>/remove")
@sudo
def remove_passkey(passkey_id: int) -> ResponseReturnValue:
    passkey = db.first_or_404(Passkey.of(member()).where(Passkey.id == passkey_id))
    passkeys.remove(member(), passkey, keep=current_session())
    db.session.commit()
    log_event("authn_factor_removed", kind="passkey")
    flash(_("Passkey removed. Your other devices were signed out."))
    return redirect(url_for("main.passkey_settings"))


def _browser() -> str:
    """What a challenge is bound to: this session."""
    session = current_session()
    return session.csrf_key if session is not None else ""
