"""The account itself: name, address, password, and leaving."""

from __future__ import annotations

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import defers_write_lock, restart_for_write
from app.extensions import db
from app.lib.log_events import log_event
from app.main.blueprint import bp
from app.main.forms.settings import CloseAccountForm, EmailChangeForm, PasswordForm, UsernameForm
from app.services.accounts import accounts, emails, passwords
from app.web.rate_limits import own_password
from app.web.rate_limits.rules import hit, limited, per_person, refund
from app.web.sessions import current_session, sign_out
from app.web.view_options import for_suspended, resumable, sudo
from app.web.viewer import member


def _account_page(
    username_form: UsernameForm | None = None, email_form: EmailChangeForm | None = None
) -> ResponseReturnValue:
    # Each form has its own URL to submit to; the other one keeps its initial values.
    username_form = username_form or UsernameForm(None, username=member().username)
    email_form = email_form or EmailChangeForm(None)
    page = render_template(
        "accounts/settings/account.html", username_form=username_form, email_form=email_form
    )
    return page, max(username_form.status, email_form.status)


@bp.get("/settings/account")
def account_settings() -> ResponseReturnValue:
    return _account_page()


# Old names stay reserved for 90 days, so their number per user must be limited.
RENAMES = ("rename", per_person("3/30 days"))


@bp.get("/settings/account/username")
@bp.get("/settings/account/email")
def account_forms() -> ResponseReturnValue:
    """A rejected form is shown at these URLs, so reloading one must lead back to the page."""
    return redirect(url_for("main.account_settings"))


@bp.post("/settings/account/username")
@sudo
@resumable
@limited("rename-tries", per_person("30/hour"))
def change_username() -> ResponseReturnValue:
    form = UsernameForm()
    if form.validate_on_submit():
        hit(*RENAMES)
        with form.errors_under(form.username):
            accounts.rename(member(), form.username.data)
            db.session.commit()
            flash(
                _("Your username has changed. Your old one will lead to your profile for 90 days.")
            )
            return redirect(url_for("main.account_settings"))
        refund(*RENAMES)
        db.session.commit()
    return _account_page(username_form=form)


@bp.post("/settings/account/email")
@defers_write_lock
@limited("change-email", per_person("5/hour"))
def change_email() -> ResponseReturnValue:
    form = EmailChangeForm()
    if form.validate_on_submit() and form.is_own_password():
        with form.errors_under(form.email):
            emails.check_new(member(), form.email.parsed)
            restart_for_write()
            done = _change_email(form)
            db.session.commit()
            flash(done)
            return redirect(url_for("main.account_settings"))
    return _account_page(email_form=form)


def _change_email(form: EmailChangeForm) -> str:
    """Change the address, as far as that goes at once. Returns what to say about it."""
    if not current_app.config["EMAILS_MUST_BE_VERIFIED"]:
        emails.replace(member(), form.email.parsed)
        return str(_("Your email address has changed."))
    if member().is_verified:
        emails.request_change(member(), form.email.parsed)
    else:
        # The old address was never verified, so it must not get a link to revert the change.
        emails.correct(member(), form.email.parsed)
    return str(_("We sent an email to your new address. Open the link in it to finish."))


@bp.post("/settings/account/email/cancel")
def cancel_email_change() -> ResponseReturnValue:
    emails.cancel_change(member())
    db.session.commit()
    flash(_("Your address hasn't changed."))
    return redirect(url_for("main.account_settings"))


@bp.route("/settings/password", methods=["GET", "POST"])
@defers_write_lock
@limited("password", per_person("10/hour"))
def password_settings() -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit():
        own_password.hit()
        with form.errors_under(form.old_password):
            passwords.change(
                member(),
                form.old_password.data,
                form.password.data,
                keep=current_session(),
            )
            db.session.commit()
            own_password.refund()
            log_event("authn_password_change", whose=member().id, by="settings")
            flash(_("Your password has changed. Your other devices were signed out."))
            return redirect(url_for("main.password_settings"))
    return render_template("accounts/settings/password.html", form=form), form.status


@bp.route("/settings/account/close", methods=["GET", "POST"])
@for_suspended
@defers_write_lock
@limited("close", per_person("10/hour"))
def close_account() -> ResponseReturnValue:
    form = CloseAccountForm()
    if form.validate_on_submit() and form.is_own_password():
        restart_for_write()
        accounts.close(member())
        log_event("user_archived", whose=member().id)
        sign_out()
        db.session.commit()
        flash(_("Your account is closed. Sign in within 7 days to reopen it."))
        return redirect(url_for("main.front"))
    return render_template("accounts/settings/close.html", form=form), form.status
