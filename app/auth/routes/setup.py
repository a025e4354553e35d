"""The first administrator makes their account, by the link that the server printed."""

from __future__ import annotations

from flask import abort, current_app, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from app.auth.blueprint import bp
from app.auth.forms.accounts import AccountForm
from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.dates import is_time_zone
from app.lib.log_events import log_event
from app.policies import is_resting
from app.services.accounts import setup
from app.services.site.audit import Actor
from app.web import sessions
from app.web.client_ip import client_network
from app.web.headers import no_store_no_referrer
from app.web.rate_limits.rules import limited, per_network
from app.web.request_log import request_id
from app.web.view_options import public


@bp.route("/setup/<code>", methods=["GET", "POST"])
@public
@defers_write_lock
@limited("setup", per_network("25/5 minutes"))
def set_up(code: str) -> ResponseReturnValue:
    if not setup.is_valid(code):
        abort(404)
    form = AccountForm()
    if form.validate_on_submit():
        return _set_up(code, form)
    page = render_template("auth/setup.html", form=form, code=code)
    return no_store_no_referrer(make_response(page, form.status))


def _set_up(code: str, form: AccountForm) -> ResponseReturnValue:
    # As on the command line: whoever has the code reads the terminal of the server.
    by = Actor(None, client_network(), request_id())
    user = setup.claim(code, form.username.data, form.email.parsed, form.password.data, by)
    zone = form.time_zone.data or ""
    user.language, user.time_zone = str(get_locale()), zone if is_time_zone(zone) else None
    log_event("user_created", whose=user.id)
    sessions.sign_in(user, is_remembered=False)
    db.session.commit()
    flash(_("Welcome to %(site)s!", site=current_app.config["SITE_NAME"]))
    leads_to = "main.two_factor_settings" if is_resting(user) else "main.index"
    return no_store_no_referrer(make_response(redirect(url_for(leads_to))))
