"""The tokens that programs use in one's name."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.database.engine import reads_first, start_writing
from app.extensions import db
from app.lib.log_events import note
from app.main.blueprint import bp
from app.main.forms.tokens import TokenForm
from app.main.routes.posts.timelines import member
from app.models import Token
from app.services.accounts import tokens
from app.services.errors import TooManyTokensError
from app.web.access import verified
from app.web.headers import no_trace
from app.web.rate_limits.rules import limited, per_person


@bp.route("/settings/tokens", methods=["GET", "POST"])
@reads_first
@limited("token", per_person("10/hour"))
def token_settings() -> ResponseReturnValue:
    form = TokenForm()
    if request.method == "POST":
        return _make(form)
    return _page(form)


@verified
def _make(form: TokenForm) -> ResponseReturnValue:
    if not form.validate():
        return _page(form), form.status
    if not current_user.check_password(form.password.data):
        form.refuse(form.password, _("This is not your password."))
        return _page(form), form.status
    start_writing()
    # A page that is loaded again sends its form again.
    if form.name.data in {token.name for token in _live()}:
        form.refuse(
            form.name, _("You have a token with this name. Revoke it first, or choose another.")
        )
        return _page(form), form.status
    try:
        token, secret = tokens.create(
            member(), form.name.data, form.scope.data, int(form.days.data)
        )
    except TooManyTokensError:
        form.refuse(form.name, _("You have as many tokens as you may. Revoke one first."))
        return _page(form), form.status
    db.session.commit()
    note("authn_token_created", token_id=token.id)
    # Shown by this answer alone: no address leads to it, and nothing keeps it.
    return no_trace(make_response(_page(TokenForm(None), secret)))


def _page(form: TokenForm, secret: str = "") -> str:
    return render_template("settings/tokens.html", form=form, tokens=_live(), secret=secret)


def _live() -> Sequence[Token]:
    return db.session.scalars(Token.live_of(member())).all()


@bp.post("/settings/tokens/<int:token_id>/revoke")
def revoke_token(token_id: int) -> ResponseReturnValue:
    token = db.first_or_404(Token.live_of(member()).where(Token.id == token_id))
    tokens.revoke(token)
    db.session.commit()
    note("authn_token_revoked", token_id=token_id)
    flash(_("That token works no longer."))
    return redirect(url_for("main.token_settings"))
