"""Links in emails: each opens a page with one button, since mail scanners open links too."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.blueprint import bp
from app.auth.forms.accounts import EmailForm
from app.database.transactions import defers_write_lock, restart_for_write
from app.extensions import db
from app.lib.log_events import log_event
from app.services.accounts import accounts, emails, factors, links
from app.services.accounts.links import Link, Purpose
from app.services.messages import subscriptions
from app.web import registration_cookie, sessions
from app.web.headers import no_store_no_referrer
from app.web.notification_labels import KIND_LABELS
from app.web.rate_limits.rules import limited, per_network, per_person
from app.web.sessions import current_session
from app.web.view_options import csrf_exempt, for_applicants, public
from app.web.viewer import member, viewer


def invalid_link(purpose: Purpose) -> ResponseReturnValue:
    """For a link that is invalid, expired or used: the way to a new one."""
    actions = {
        Purpose.RESET_PASSWORD: ("auth.reset_password_request", _("Send me a new link")),
        Purpose.VERIFY: ("auth.resend_verification", _("Send the email again")),
        Purpose.CHANGE_EMAIL: ("main.account_settings", _("Change your address again")),
    }
    endpoint, label = actions.get(purpose, ("main.front", _("Back to Home")))
    if purpose is Purpose.VERIFY and registration_cookie.registered_here() is not None:
        endpoint = "auth.check_mail"
    page = render_template("auth/invalid_link.html", url=url_for(endpoint), label=label)
    return no_store_no_referrer(make_response(page, 410))


@bp.route("/unsubscribe/<token>", methods=["GET", "POST"])
@public
@csrf_exempt
@limited("unsubscribe", per_network("60/hour"))
def unsubscribe(token: str) -> ResponseReturnValue:
    """End emails of one kind: by a button, or by the mail program (RFC 8058), which sends a POST.

    Neither has to be signed in. `again` takes it back.
    """
    link = links.read(Purpose.UNSUBSCRIBE, token)
    if link is None or link.claims.get("kind") not in subscriptions.ENDABLE:
        return invalid_link(Purpose.UNSUBSCRIBE)
    kind = link.claims["kind"]
    if request.method == "POST":
        is_again = "again" in request.form
        (subscriptions.subscribe if is_again else subscriptions.unsubscribe)(link.user, kind)
        db.session.commit()
        log_event("link_used", purpose=Purpose.UNSUBSCRIBE, whose=link.user.id)
    page = render_template(
        "auth/unsubscribe.html",
        kind=kind,
        label=KIND_LABELS.get(kind),
        is_sent=subscriptions.is_subscribed(link.user, kind),
    )
    return no_store_no_referrer(make_response(page))


def _confirm(
    purpose: Purpose,
    token: str,
    labels: tuple[str, str, str],
    act: Callable[[Link], None],
    done: str,
    target: str = "main.index",
) -> ResponseReturnValue:
    """The confirmation page of a link; its POST runs `act`, flashes `done` and redirects."""
    link = links.read(purpose, token)
    if link is None:
        return invalid_link(purpose)
    if request.method != "POST":
        title, text, action_label = labels
        page = render_template(
            "auth/confirm.html", title=title, text=text, action_label=action_label
        )
        return no_store_no_referrer(make_response(page))
    act(link)
    db.session.commit()
    log_event("link_used", purpose=purpose, whose=link.user.id)
    flash(done)
    path = url_for(target)
    if viewer() is None:
        path = url_for("auth.login", next=None if target == "main.index" else path)
    return no_store_no_referrer(make_response(redirect(path)))


@bp.route("/verify/<token>", methods=["GET", "POST"])
@public
@limited("link", per_network("60/5 minutes"))
def verify(token: str) -> ResponseReturnValue:
    labels = (
        _("Confirm your email address"),
        _("Confirm that this email address is yours."),
        _("Confirm"),
    )
    # Opening the email a second time is not an error.
    is_done = (me := viewer()) is not None and me.is_verified
    if is_done and links.read(Purpose.VERIFY, token) is None:
        flash(_("Your address is already confirmed."), "info")
        return no_store_no_referrer(make_response(redirect(url_for("main.index"))))
    return _confirm(
        Purpose.VERIFY,
        token,
        labels,
        _verify,
        _("Thanks! Your address is confirmed."),
        target="main.welcome",
    )


def _verify(link: Link) -> None:
    """Confirm the address, and sign in if this is the browser in which its owner registered.

    In any other, the link may have been opened by somebody who knows the password of the account
    as little as we know them.
    """
    is_here = viewer() is None and registration_cookie.registered_here() == link.user
    emails.verify(link)
    # The link stands for the password, never for the code.
    if is_here and not factors.are_asked(link.user):
        sessions.sign_in(link.user, is_remembered=False, method="link")


@bp.route("/verify/resend", methods=["GET", "POST"])
@for_applicants
@defers_write_lock
@limited("verify", per_person("3/6 hours"))
def resend_verification() -> ResponseReturnValue:
    if member().is_verified:
        flash(_("Your address is already confirmed."), "info")
        return redirect(url_for("main.index"))
    if not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        return redirect(url_for("main.account_settings"))
    form = EmailForm(email=member().email)
    if form.validate_on_submit() and _may_set(form):
        with form.errors_under(form.email):
            emails.check_new(member(), form.email.parsed)
            restart_for_write()
            emails.correct(member(), form.email.parsed)
            db.session.commit()
            flash(_("We sent you an email. Open the link in it to confirm your address."))
            return redirect(url_for("auth.resend_verification"))
    return render_template("auth/resend_verification.html", form=form), form.status


def _may_set(form: EmailForm) -> bool:
    """Whether this page may set the address in `form`; adds an error to the field if not."""
    if emails.has_given(member(), form.email.parsed[1]) or emails.may_correct(member()):
        return True
    form.refuse(form.email, _("To use a different address, go to your account settings."))
    return False


@bp.route("/change_email/<token>", methods=["GET", "POST"])
@public
@limited("link", per_network("60/5 minutes"))
def change_email(token: str) -> ResponseReturnValue:
    labels = (
        _("Use this address from now on"),
        _("Emails from this site will come here. Your other devices will be signed out."),
        _("Use this address"),
    )
    return _confirm(
        Purpose.CHANGE_EMAIL,
        token,
        labels,
        lambda link: emails.confirm_change(link, keep=current_session()),
        _("Your email address has changed."),
    )


@bp.route("/revert_email/<token>", methods=["GET", "POST"])
@public
@defers_write_lock
@limited("link", per_network("60/5 minutes"))
def revert_email(token: str) -> ResponseReturnValue:
    labels = (
        _("Keep your old email address"),
        _(
            "This undoes the change and signs out all your devices. We'll also email you a link "
            "to set a new password."
        ),
        _("Keep my old address"),
    )
    return _confirm(
        Purpose.REVERT_EMAIL,
        token,
        labels,
        emails.revert_change,
        _("We kept your old address. Check your email to set a new password."),
    )


@bp.route("/reopen/<token>", methods=["GET", "POST"])
@public
@limited("link", per_network("60/5 minutes"))
def reopen(token: str) -> ResponseReturnValue:
    labels = (
        _("Keep your account"),
        _("Your account is closed and will soon be deleted for good. You can still reopen it."),
        _("Keep my account"),
    )
    return _confirm(
        Purpose.REOPEN, token, labels, accounts.reopen, _("Welcome back! You can sign in now.")
    )
