"""Join the site."""

from __future__ import annotations

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from app.auth.blueprint import bp
from app.auth.forms.accounts import RegistrationForm
from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.dates import is_time_zone
from app.lib.log_events import log_event
from app.services.accounts import accounts
from app.web.rate_limits.rules import limited, per_network
from app.web.view_options import public
from app.web.viewer import viewer


@bp.route("/register", methods=["GET", "POST"])
@public
@defers_write_lock
@limited("register", per_network("25/5 minutes"))
def register() -> ResponseReturnValue:
    if viewer() is not None:
        return redirect(url_for("main.index"))
    if current_app.config["REGISTRATION"] == "closed":
        if request.method == "POST":
            abort(403)
        return render_template("auth/register.html", form=None)
    form = RegistrationForm()
    if form.validate_on_submit():
        with form.errors_under(form.username):
            _register(form)
            return redirect(url_for("auth.login"))
    return render_template("auth/register.html", form=form), form.status


def _register(form: RegistrationForm) -> None:
    zone = form.time_zone.data or ""
    user = accounts.register(
        form.username.data,
        form.email.parsed,
        form.password.data,
        time_zone=zone if is_time_zone(zone) else None,
        language=str(get_locale()),
    )
    db.session.commit()
    if user is not None:
        log_event("user_created", whose=user.id)
    if current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        flash(_("Welcome! We sent you an e-mail. Open the link in it to confirm your address."))
    else:
        flash(_("Welcome! You can sign in now."))
