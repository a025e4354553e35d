"""Every failure becomes a page in the site's look, a status, and a sentence that helps."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    ServiceUnavailable,
    TooManyRequests,
)

from app.database.engine import forget_transaction
from app.extensions import db
from app.lib.log_events import note
from app.lib.passwords import TooBusyError
from app.services import errors
from app.telemetry.alerts import alert
from app.web.problem_json import problem, wants_problem
from app.web.request_log import blame, request_id

RETRY_SECONDS = 5
# Errors of our own pages, at which what was written is shown once more.
KEEPS_WORDS = (400, 404, 410, 429)


def words_for(code: int, reason: str) -> tuple[str, str]:
    """The title and the sentence of the page for an HTTP error."""
    match code:
        case 400 if reason == "csrf":
            text = _(
                "You signed in or out since you opened this page, or it was open for too long. "
                "Open it again and send it from there."
            )
            return _("Please send this again"), text
        case 400:
            return _("We could not read this"), _(
                "Something in the request is broken. Go back and try again."
            )
        case 403:
            return _("Not allowed"), _(
                "This belongs to somebody else, or the request came from another site."
            )
        case 404:
            return _("There is nothing here"), _("The page does not exist, or it was deleted.")
        case 405:
            return _("This needs its button"), _(
                "This page works only through its button. Go back and use it."
            )
        case 410:
            return _("Already done"), _(
                "This was used or taken back before. There is nothing left to do."
            )
        case 413 | 414 | 431:
            return _("This is too long"), _("Shorten it and send it again.")
        case 429:
            return _("Please slow down"), _("Wait a little, then try again.")
    return _("This did not work"), _("Go back and try again.")


def _page(error: HTTPException) -> ResponseReturnValue:
    # Whatever the view had begun is not to be kept.
    db.session.rollback()
    code = error.code or 500
    if code == 400 and error.description == "csrf":
        note("csrf_fail", logging.WARNING, route=request.endpoint)
    elif code in (401, 403):
        note("authz_fail", logging.WARNING, route=request.endpoint, status=code)
    if wants_problem():
        answer = problem(code, error)
        answer.headers.extend(_headers_of(error))
        return answer
    title, text = words_for(code, str(error.description))
    if isinstance(error, TooManyRequests) and isinstance(error.retry_after, int):
        wait = format_timedelta(timedelta(seconds=error.retry_after), "minute", threshold=1.5)
        text = _("You can try again in %(time)s.", time=wait)
    # Going back does not always bring back what somebody wrote.
    kept = _words_sent() if code in KEEPS_WORDS else ""
    page = render_template("errors/error.html", code=code, title=title, text=text, kept=kept)
    response = make_response(page, code)
    response.headers.extend(_headers_of(error))
    return response


def _words_sent() -> str:
    return request.form.get("post") or request.form.get("message") or ""


def _headers_of(error: HTTPException) -> list[tuple[str, str]]:
    return [pair for pair in error.get_headers() if pair[0] in ("Allow", "Retry-After")]


def _plain(code: int, title: str, text: str) -> Response:
    """A page that needs neither the session nor the database."""
    if wants_problem():
        return problem(code)
    page = render_template(
        "errors/plain.html", code=code, title=title, text=text, request_id=request_id()
    )
    return make_response(page, code)


def _handle_http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error
    if isinstance(error, ServiceUnavailable):
        return _unavailable(error)
    if isinstance(error, InternalServerError):
        # Also what went wrong on the way to the page of another error.
        original = error.original_exception
        return _database(original) if isinstance(original, DBAPIError) else _unexpected(error)
    return _page(error)


def _unexpected(error: Exception) -> ResponseReturnValue:
    _forget_what_was_read()
    original = getattr(error, "original_exception", None) or error
    blame(original, has_trace=True)
    text = _("This is our fault, not yours. It is noted. Please try again in a while.")
    response = _plain(500, _("Something went wrong"), text)
    # Once the answer has left: neither the database nor the mails may hold it up.
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    tell = partial(alert, app, original, request.endpoint)
    response.call_on_close(partial(tell, f"request {request_id()}"))
    return response


def _unavailable(error: Exception) -> ResponseReturnValue:
    _forget_what_was_read()
    blame(error, has_trace=False)
    text = _("We are busy or having a short rest. Please try again in a moment.")
    response = _plain(503, _("Back in a moment"), text)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _forget_what_was_read() -> None:
    forget_transaction()
    g.pop("session_row", None)
    # Before any sentence is translated: asking the person for their language reads them anew.
    g._login_user = None


def _database(error: DBAPIError) -> ResponseReturnValue:
    # A statement that is wrong is our fault; a database that is away or locked is a pause.
    is_away = isinstance(error, OperationalError) or error.connection_invalidated
    return _unavailable(error) if is_away else _unexpected(error)


def _gone(_error: errors.GoneError) -> ResponseReturnValue:
    return _page(_http(410))


def _not_allowed(_error: errors.NotAllowedError) -> ResponseReturnValue:
    db.session.rollback()
    flash(_("You cannot follow yourself."), "error")
    return redirect(url_for("main.user", username=current_user.username))


def _email_taken(_error: errors.EmailTakenError) -> ResponseReturnValue:
    db.session.rollback()
    flash(_("This address belongs to another account by now."), "error")
    return redirect(url_for("main.front"))


def _http(code: int) -> HTTPException:
    error = HTTPException()
    error.code = code
    return error


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _handle_http)
    app.register_error_handler(Exception, _unexpected)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeoutError, _unavailable)
    app.register_error_handler(TooBusyError, _unavailable)
    app.register_error_handler(errors.GoneError, _gone)
    app.register_error_handler(errors.NotAllowedError, _not_allowed)
    app.register_error_handler(errors.EmailTakenError, _email_taken)
