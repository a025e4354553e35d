"""Join the site."""

from __future__ import annotations

import logging

from flask import (
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from app.auth.blueprint import bp
from app.auth.forms.accounts import RegistrationForm
from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.dates import is_time_zone
from app.lib.log_events import log_event
from app.models import Invitation, User
from app.services.accounts import applications, emails, invitations, registrations
from app.web import registration_cookie, sessions
from app.web.client_ip import client_address, client_network
from app.web.headers import no_store_no_referrer
from app.web.rate_limits import new_accounts
from app.web.rate_limits.rules import hit, limited, per_network, per_value
from app.web.view_options import for_applicants, for_visitors
from app.web.viewer import member, viewer
from app.web.visitor_pages import kept_for_visitors


@bp.route("/register", methods=["GET", "POST"])
@for_visitors
@defers_write_lock
@limited("register", per_network("25/5 minutes"))
@kept_for_visitors
def register() -> ResponseReturnValue:
    if viewer() is not None:
        return redirect(url_for("main.index"))
    form = RegistrationForm(invite=request.args.get("invite", ""))
    invitation = invitations.find(form.invite.data) if form.invite.data else None
    if request.method == "POST" and not registrations.takes(invitation):
        abort(403)
    if not registrations.needs_reason(invitation):
        del form.reason
    if registrations.needs_answer(invitation):
        form.answer.label.text = registrations.question()
    else:
        del form.answer
    if form.is_submitted() and (reason := form.junk_reason()):
        log_event("registration_refused", logging.WARNING, reason=reason)
        return _page(form, invitation)
    if form.validate_on_submit():
        with form.errors_in_place():
            return _register(form)
        # The site or the invitation may take nobody anymore.
        invitation = invitations.find(form.invite.data) if form.invite.data else None
    return _page(form, invitation)


def _page(form: RegistrationForm, invitation: Invitation | None) -> ResponseReturnValue:
    takes = registrations.takes(invitation)
    page = render_template(
        "auth/register.html",
        form=form if takes else None,
        invitation=invitation,
        is_stale=bool(form.invite.data) and invitation is None,
    )
    if not form.invite.data:
        return page, form.status
    # The address has the code.
    is_gone = invitation is None and not takes
    return no_store_no_referrer(make_response(page, 410 if is_gone else form.status))


def _register(form: RegistrationForm) -> ResponseReturnValue:
    new_accounts.hit_new_account()
    zone = form.time_zone.data or ""
    user = registrations.register(
        form.username.data,
        form.email.parsed,
        form.password.data,
        join_request=registrations.JoinRequest(
            invite=form.invite.data or "",
            reason=form.reason.data if form.reason else "",
            answer=form.answer.data if form.answer else "",
            network=client_network(),
            client=client_address(),
        ),
        time_zone=zone if is_time_zone(zone) else None,
        language=str(get_locale()),
    )
    log_event("user_created", whose=user.id)
    if current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        db.session.commit()
        response = make_response(redirect(url_for("auth.check_mail")))
        registration_cookie.remember(response, user)
        return response
    sessions.sign_in(user, is_remembered=False)
    db.session.commit()
    if user.is_applicant:
        return redirect(url_for("auth.waiting"))
    return redirect(url_for("main.welcome"))


@bp.get("/waiting")
@for_applicants
def waiting() -> ResponseReturnValue:
    """Where applicants see that nobody has decided yet."""
    application = applications.of(member())
    if not member().is_applicant or application is None:
        return redirect(url_for("main.index"))
    return render_template("auth/waiting.html", application=application)


@bp.post("/waiting/withdraw")
@for_applicants
def withdraw() -> ResponseReturnValue:
    if not member().is_applicant:
        return redirect(url_for("main.index"))
    user_id = member().id
    sessions.sign_out()
    applications.withdraw(user_id)
    db.session.commit()
    log_event("application_withdrawn", whose=user_id)
    flash(_("We deleted your application."))
    return redirect(url_for("main.front"))


@bp.route("/register/mail", methods=["GET", "POST"])
@for_visitors
def check_mail() -> ResponseReturnValue:
    """Where to look for the mail; the same whether the address was known or not."""
    if viewer() is not None:
        return redirect(url_for("main.index"))
    user = registration_cookie.registered_here()
    if user is None:
        return redirect(url_for("auth.login"))
    if request.method == "POST":
        return _send_again(user)
    return no_store_no_referrer(make_response(render_template("auth/check_mail.html", user=user)))


def _send_again(user: User) -> ResponseReturnValue:
    hit("verify", per_value("3/6 hours", str(user.id)))
    emails.send_verification(user)
    db.session.commit()
    flash(_("We've sent it again."))
    return redirect(url_for("auth.check_mail"))
