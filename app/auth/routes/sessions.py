"""Sign in and out."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.auth.blueprint import bp
from app.auth.forms.accounts import LoginForm
from app.auth.forms.two_factor import SudoForm
from app.database.transactions import defers_write_lock, restart_for_write
from app.extensions import db
from app.lib.dates import is_time_zone
from app.lib.log_events import log_event
from app.lib.urls import safe_path
from app.models import User
from app.services.accounts import factors, links, passkeys, passwords, two_factor
from app.services.accounts.sessions import confirm_password
from app.web import pending_sign_in, sessions
from app.web.navigation import previous_page
from app.web.rate_limits import sign_in
from app.web.rate_limits.rules import limited, per_person
from app.web.resume import path_to_resume, resume, rule_of, show
from app.web.sessions import current_session
from app.web.view_options import for_suspended, for_visitors, public
from app.web.viewer import member, viewer
from app.web.visitor_pages import kept_for_visitors


@bp.route("/login", methods=["GET", "POST"])
@for_visitors
@defers_write_lock
@kept_for_visitors
def login() -> ResponseReturnValue:
    if viewer() is not None:
        return lead_on()
    form = LoginForm(next=safe_path(request.args.get("next")) or "")
    if form.validate_on_submit():
        sign_in.hit(form.username.data)
        user = None
        with form.errors_under(form.password):
            user = passwords.authenticate(form.username.data, form.password.data)
        if user is not None:
            return _enter(user, form)
    followed = _to_follow()
    return render_template("auth/login.html", form=form, followed=followed), form.status


def _to_follow() -> User | None:
    """Whom a visitor wants to follow, if everybody may know of them."""
    username = request.args.get("follow")
    if username is None or not current_app.config["PUBLIC_READING"]:
        return None
    return db.session.scalar(User.named_for(None, username))


def lead_on() -> ResponseReturnValue:
    """Where somebody who is signed in now wanted to go, or what they wanted to write."""
    target = safe_path(request.values.get("next")) or url_for("main.index")
    return resume(path_to_resume()) or redirect(target)


def _enter(user: User, form: LoginForm) -> ResponseReturnValue:
    sign_in.clear_failures(user)
    if not user.is_active:
        db.session.commit()
        reopen = links.address_of(links.Purpose.REOPEN, user)
        return redirect(urlsplit(reopen).path)
    sign_in.hit_success(user)
    choices = {"is_remembered": form.remember_me.data, "time_zone": form.time_zone.data or ""}
    if factors.are_asked(user):
        pending_sign_in.begin(user, **choices)
        db.session.commit()
        return _ask_for_code()
    enter(user, **choices)
    return lead_on()


def _ask_for_code() -> ResponseReturnValue:
    """The page that asks for a code, which carries along what was written."""
    if path_to_resume() is not None:
        return show(rule_of("auth.two_factor"), {})
    return redirect(url_for("auth.two_factor", next=safe_path(request.form.get("next"))))


def enter(user: User, *, is_remembered: bool, time_zone: str, method: str = "password") -> None:
    """Sign `user` in, who has shown who they are; commits."""
    if user.time_zone is None and is_time_zone(time_zone):
        user.time_zone = time_zone
    sessions.sign_in(user, is_remembered=is_remembered, method=method)
    db.session.commit()
    log_event("authn_login_success")


@bp.route("/sudo", methods=["GET", "POST"])
@for_suspended
@defers_write_lock
@limited("sudo", per_person("10/hour"))
def sudo() -> ResponseReturnValue:
    """Ask for the password again, or a code, and lead back to where it was needed."""
    form = SudoForm(next=safe_path(request.args.get("next")) or previous_page() or "")
    if form.validate_on_submit() and form.is_confirmed():
        restart_for_write()
        return confirmed()
    page = render_template(
        "auth/sudo.html",
        form=form,
        asks_for_code=two_factor.is_enrolled(member()),
        asks_for_passkey=passkeys.are_there(member()),
        way_back=safe_path(form.next.data) or url_for("main.settings"),
    )
    return page, form.status


def confirmed() -> ResponseReturnValue:
    """Lead on somebody who has shown again who they are; commits."""
    if (session := current_session()) is not None:
        confirm_password(session)
    db.session.commit()
    log_event("authn_password_confirmed")
    if (resumed := resume(path_to_resume())) is not None:
        return resumed
    flash(_("Thanks. You can continue now."))
    return redirect(safe_path(request.form.get("next")) or url_for("main.settings"))


@bp.route("/logout", methods=["GET", "POST"])
@public
def logout() -> ResponseReturnValue:
    if request.method != "POST":
        return render_template("auth/logout.html")
    if viewer() is not None:
        log_event("session_ended")
    sessions.sign_out()
    db.session.commit()
    flash(_("You're signed out."))
    response = make_response(redirect(url_for("main.front")))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
