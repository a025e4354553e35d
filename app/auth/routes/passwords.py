"""Forgotten passwords."""

from __future__ import annotations

from flask import current_app, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.blueprint import bp
from app.auth.forms.accounts import EmailForm, ResetPasswordForm
from app.auth.routes.emails import invalid_link
from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.log_events import log_event
from app.services.accounts import links, passwords
from app.web.headers import no_store_no_referrer
from app.web.rate_limits import sign_in
from app.web.rate_limits.rules import limited, per_network
from app.web.view_options import for_visitors
from app.web.viewer import viewer
from app.web.visitor_pages import kept_for_visitors


@bp.route("/reset_password_request", methods=["GET", "POST"])
@for_visitors
@limited("reset", per_network("25/5 minutes"))
@kept_for_visitors
def reset_password_request() -> ResponseReturnValue:
    if viewer() is not None:
        return redirect(url_for("main.index"))
    if not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        return render_template("auth/reset_password_request.html", form=None)
    form = EmailForm()
    if form.validate_on_submit():
        passwords.request_reset(form.email.data)
        db.session.commit()
        log_event("authn_reset_asked")
        flash(_("If this address has an account, an email with a link is on its way."), "info")
        return redirect(url_for("auth.login"))
    return render_template("auth/reset_password_request.html", form=form), form.status


@bp.route("/reset_password/<token>", methods=["GET", "POST"])
@for_visitors
@defers_write_lock
@limited("reset-use", per_network("25/5 minutes"))
def reset_password(token: str) -> ResponseReturnValue:
    if viewer() is not None:
        return redirect(url_for("main.index"))
    link = links.read(links.Purpose.RESET_PASSWORD, token)
    if link is None:
        return invalid_link(links.Purpose.RESET_PASSWORD)
    form = ResetPasswordForm()
    form.personal = (link.user.username, link.user.email, link.user.display_name)
    if form.validate_on_submit():
        passwords.reset(link, form.password.data)
        sign_in.reset(link.user)
        db.session.commit()
        log_event("authn_password_change", whose=link.user.id, by="link")
        flash(_("Password saved. You can sign in with it now."))
        return no_store_no_referrer(make_response(redirect(url_for("auth.login"))))
    page = render_template("auth/reset_password.html", form=form, username=link.user.username)
    return no_store_no_referrer(make_response(page, form.status))
