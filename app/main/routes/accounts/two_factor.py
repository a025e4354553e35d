"""Two-factor sign-in: turn it on and off, and make recovery codes."""

from __future__ import annotations

from flask import (
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.cursor import Cursor
from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.log_events import log_event
from app.lib.one_time_codes import qr_code, setup_uri
from app.main.blueprint import bp
from app.main.forms.two_factor import AuthenticatorForm
from app.services.accounts import security_events, two_factor
from app.web.headers import no_store_no_referrer
from app.web.paging import number_field
from app.web.rate_limits import second_factor
from app.web.rate_limits.rules import limited, per_person
from app.web.sessions import current_session
from app.web.view_options import sudo
from app.web.viewer import member

RECENT_EVENTS = 3


@bp.get("/settings/two-factor")
def two_factor_settings() -> ResponseReturnValue:
    codes_left, newest_code_id = two_factor.recovery_codes(member())
    return render_template(
        "accounts/settings/two_factor.html",
        app=two_factor.enrolled(member()),
        codes_left=codes_left,
        newest_code_id=newest_code_id,
        events=security_events.page(member(), Cursor(RECENT_EVENTS)),
    )


@bp.get("/settings/two-factor/app")
@sudo
def set_up_two_factor() -> ResponseReturnValue:
    if two_factor.is_enrolled(member()):
        return redirect(url_for("main.two_factor_settings"))
    return _setup_page(AuthenticatorForm(None), two_factor.draft(member()))


@bp.post("/settings/two-factor/app")
@sudo
@defers_write_lock
def turn_on_two_factor() -> ResponseReturnValue:
    if two_factor.is_enrolled(member()):
        return redirect(url_for("main.two_factor_settings"))
    form = AuthenticatorForm()
    draft = two_factor.read_draft(member(), form.draft.data or "")
    if draft is None:
        flash(_("That took too long, so the secret is a new one. Scan it again."), "info")
        return redirect(url_for("main.set_up_two_factor"))
    if form.validate_on_submit():
        second_factor.hit(member())
        with form.errors_under(form.code):
            codes = two_factor.turn_on(member(), draft, form.code.data, keep=current_session())
            db.session.commit()
            second_factor.refund(member())
            log_event("authn_factor_added")
            return _codes_page(codes)
    return _setup_page(form, draft)


def _setup_page(form: AuthenticatorForm, draft: two_factor.Draft) -> Response:
    form.draft.data = draft.token
    uri = setup_uri(draft.secret, member().username, current_app.config["SITE_NAME"])
    page = render_template(
        "accounts/settings/authenticator.html",
        form=form,
        secret=" ".join(draft.secret[i : i + 4] for i in range(0, len(draft.secret), 4)),
        qr=qr_code(uri),
    )
    return no_store_no_referrer(make_response(page, form.status))


@bp.route("/settings/two-factor/off", methods=["GET", "POST"])
@sudo
def turn_off_two_factor() -> ResponseReturnValue:
    if request.method != "POST":
        return render_template("accounts/settings/two_factor_off.html")
    if two_factor.turn_off(member(), keep=current_session()):
        db.session.commit()
        log_event("authn_factor_removed")
    flash(_("Two-factor sign-in is off. Your other devices were signed out."))
    return redirect(url_for("main.two_factor_settings"))


@bp.get("/settings/two-factor/codes")
def recovery_codes() -> ResponseReturnValue:
    """They are shown in response to a form alone, so reloading that page must lead back."""
    return redirect(url_for("main.two_factor_settings"))


@bp.post("/settings/two-factor/codes")
@sudo
@defers_write_lock
@limited("recovery-codes", per_person("10/hour"))
def make_recovery_codes() -> ResponseReturnValue:
    codes = two_factor.replace_recovery_codes(member(), number_field("newest"))
    db.session.commit()
    log_event("authn_recovery_codes_made")
    return _codes_page(codes)


def _codes_page(codes: list[str]) -> Response:
    # Only this response shows them: it has no URL, and no cache stores it.
    file = two_factor.sign_codes(member(), codes)
    page = render_template("accounts/settings/recovery_codes.html", codes=codes, file=file)
    return no_store_no_referrer(make_response(page))


@bp.post("/settings/two-factor/codes.txt")
def recovery_codes_file() -> ResponseReturnValue:
    """The codes of the page that shows them, as a file; nothing is kept to make it from."""
    codes = two_factor.read_codes(member(), request.form.get("file", ""))
    if codes is None:
        return redirect(url_for("main.two_factor_settings"))
    title = _(
        "Recovery codes of @%(username)s on %(site)s",
        username=member().username,
        site=current_app.config["SITE_NAME"],
    )
    text = "\n".join([title, "", *codes, ""])
    response = Response(text, mimetype="text/plain")
    response.headers["Content-Disposition"] = "attachment; filename=recovery-codes.txt"
    return no_store_no_referrer(response)
