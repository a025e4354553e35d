"""The tokens with which API clients act for the user."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import defers_write_lock, restart_for_write
from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.tokens import TokenForm
from app.models import Token
from app.policies import may_administer
from app.services.accounts import tokens
from app.services.site import audit
from app.web.access import require_verified
from app.web.actors import acting
from app.web.headers import no_store_no_referrer
from app.web.rate_limits.rules import limited, per_person
from app.web.viewer import member


@bp.route("/settings/tokens", methods=["GET", "POST"])
@defers_write_lock
@limited("token", per_person("10/hour"))
def token_settings() -> ResponseReturnValue:
    form = _form(TokenForm())
    if request.method == "POST":
        return _create(form)
    return _page(form)


def _form(form: TokenForm) -> TokenForm:
    if may_administer(member()):
        form.offer_administration()
    return form


def _create(form: TokenForm) -> ResponseReturnValue:
    require_verified()
    if not (form.validate() and form.is_own_password()):
        return _page(form), form.status
    restart_for_write()
    with form.errors_under(form.name):
        token, secret = tokens.create_new(
            member(), form.name.data, form.scope.data, int(form.days.data)
        )
        if token.may_administer:
            audit.record("create_admin_token", acting())
        db.session.commit()
        log_event("authn_token_created", token_id=token.id)
        # Only this response shows the secret: it has no URL, and no cache stores it.
        return no_store_no_referrer(make_response(_page(_form(TokenForm(None)), secret)))
    return _page(form), form.status


def _page(form: TokenForm, secret: str = "") -> str:
    return render_template(
        "accounts/settings/tokens.html",
        form=form,
        tokens=_live(),
        secret=secret,
        admin_days=tokens.ADMIN_DAYS_MAX,
    )


def _live() -> Sequence[Token]:
    return db.session.scalars(Token.live_of(member())).all()


@bp.post("/settings/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    token = db.first_or_404(Token.live_of(member()).where(Token.id == token_id))
    tokens.revoke(token)
    db.session.commit()
    log_event("authn_token_revoked", token_id=token_id)
    flash(_("Token revoked."))
    return redirect(url_for("main.token_settings"))
