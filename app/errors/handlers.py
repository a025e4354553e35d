"""Error handlers: every failure becomes a page or a problem, with a status and a helpful text."""

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
)
from flask.typing import ResponseReturnValue
from flask_babel import format_timedelta
from flask_babel import gettext as _
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import (
    HTTPException,
    InternalServerError,
    ServiceUnavailable,
    TooManyRequests,
)

from app.database.transactions import safe_rollback
from app.extensions import db
from app.lib.log_events import log_event
from app.lib.passwords import TooBusyError
from app.services.errors import ProductError
from app.telemetry.alerts import alert
from app.web.failures import Failure, failure_of, message_of
from app.web.problem_json import Problem, problem
from app.web.request_log import record_error, request_id
from app.web.resume import is_resumed, path_to_resume, resume, rule_of, show
from app.web.surfaces import ErrorWriter, current_surface
from app.web.viewer import forget_viewer, viewer

RETRY_SECONDS = 5
# Errors whose page shows the submitted text again, so that it is not lost.
SHOWS_SUBMITTED_TEXT = (400, 404, 410, 429)


def message_for(code: int, reason: str) -> tuple[str, str]:
    """The title and the text of the page for an HTTP error."""
    match code:
        case 400 if reason == "csrf":
            text = _(
                "You signed in or out after opening this page, or it was open too long. Open it "
                "again and send it from there."
            )
            return _("Please send this again"), text
        case 400:
            return _("We couldn't understand this request"), _(
                "Something in it isn't valid. Go back and try again."
            )
        case 403:
            return _("Not allowed"), _(
                "This belongs to someone else, or the request came from another site."
            )
        case 404:
            return _("There's nothing here"), _("The page doesn't exist, or it was deleted.")
        case 405:
            return _("Use the button on the page"), _(
                "This page can't be opened directly. Go back and use the button."
            )
        case 410:
            return _("Already done"), _(
                "This has already been used or undone. There's nothing left to do."
            )
        case 413 | 414 | 431:
            return _("This is too long"), _("Shorten it and send it again.")
        case 429:
            return _("Please slow down"), _("Wait a moment, then try again.")
    return _("That didn't work"), _("Go back and try again.")


def _page(error: HTTPException, message: str = "") -> ResponseReturnValue:
    # Nothing that the view started is committed.
    db.session.rollback()
    code = error.code or 500
    if code == 400 and error.description == "csrf":
        log_event("csrf_fail", logging.WARNING, route=request.endpoint)
    elif code in (401, 403):
        log_event("authz_fail", logging.WARNING, route=request.endpoint, status=code)
    if (write_error := _error_writer()) is not None:
        response = write_error(code, error)
        response.headers.extend(_headers_of(error))
        return response
    if code == 400 and error.description == "csrf" and (again := _form_again()) is not None:
        return again
    title, text = message_for(code, str(error.description))
    text = message or text
    if isinstance(error, TooManyRequests) and isinstance(error.retry_after, int):
        wait = format_timedelta(timedelta(seconds=error.retry_after), "minute", threshold=1.5)
        text = _("You can try again in %(time)s.", time=wait)
    # The browser's back button does not always restore what somebody wrote.
    submitted = _submitted_text() if code in SHOWS_SUBMITTED_TEXT or is_resumed() else ""
    page = render_template("errors/error.html", code=code, title=title, text=text, kept=submitted)
    response = make_response(page, code)
    response.headers.extend(_headers_of(error))
    return response


def _form_again() -> ResponseReturnValue | None:
    """The form of an ended session, not lost: to a member as it was, to others after signing in."""
    path = path_to_resume()
    if path is None or not _submitted_text():
        return None
    g.error_code = 400
    person = viewer()
    if person is None:
        response: Response | None = show(rule_of("auth.login"), {})
    else:
        # Where several people share a browser, it may be the text of another one.
        g.resume_notice = _(
            "You've signed in as @%(username)s since you opened this page. "
            "If that's you, please send it once more.",
            username=person.username,
        )
        try:
            response = resume(path)
        except (HTTPException, ProductError):
            return None
    if response is not None:
        response.status_code = g.error_code
    return response


def _submitted_text() -> str:
    return request.form.get("post") or request.form.get("message") or ""


def _headers_of(error: HTTPException) -> list[tuple[str, str]]:
    return [pair for pair in error.get_headers() if pair[0] in ("Allow", "Retry-After")]


def _plain(code: int, title: str, text: str) -> Response:
    """A page that needs neither the session nor the database."""
    if (write_error := _error_writer()) is not None:
        return write_error(code, None)
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
        # Also errors raised while another error's page was rendered.
        original = error.original_exception
        return _database(original) if isinstance(original, DBAPIError) else _unexpected(error)
    return _page(error)


def _unexpected(error: Exception) -> ResponseReturnValue:
    _drop_session()
    original = getattr(error, "original_exception", None) or error
    record_error(original, has_trace=True)
    text = _("This is our fault, not yours, and we've logged it. Please try again later.")
    response = _plain(500, _("Something went wrong"), text)
    # After the response is sent: neither the database nor email may delay it.
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    send_alert = partial(alert, app, original, request.endpoint, f"request {request_id()}")
    response.call_on_close(send_alert)
    return response


def _unavailable(error: Exception) -> ResponseReturnValue:
    _drop_session()
    record_error(error, has_trace=False)
    text = _("The site is busy or briefly unavailable. Please try again in a moment.")
    response = _plain(503, _("Back in a moment"), text)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response


def _drop_session() -> None:
    safe_rollback()
    g.pop("session_row", None)
    # Before any text is translated: looking up the viewer's language would load them again.
    forget_viewer()


def _database(error: DBAPIError) -> ResponseReturnValue:
    # A faulty statement is a bug; a database that is down or locked is a temporary outage.
    is_outage = isinstance(error, OperationalError) or error.connection_invalidated
    return _unavailable(error) if is_outage else _unexpected(error)


def _product_error(error: ProductError) -> ResponseReturnValue:
    """A failure from `web.failures`: a JSON problem, a flash on another page, or an error page."""
    failure, message = failure_of(error), message_of(error)
    if _error_writer() is not None:
        return _page(_problem_of(failure, message))
    if failure.redirects_to is None:
        return _page(_http(failure.status), message)
    db.session.rollback()
    flash(message, "error")
    return redirect(failure.redirects_to(error))


def _problem_of(failure: Failure, message: str) -> Problem:
    headers = {"WWW-Authenticate": failure.challenge} if failure.challenge else None
    if failure.field is not None:
        # A refused sign-in says what is missing; elsewhere the field does.
        detail = message if failure.challenge else ""
        return Problem(failure.status, detail, fields=[(failure.field, message)], headers=headers)
    return Problem(failure.status, message, headers=headers)


def _error_writer() -> ErrorWriter | None:
    """How this error is written, None for a page: the surface decides, or a preference for JSON."""
    accepted = request.accept_mimetypes
    wants_json = accepted["application/json"] > accepted["text/html"]
    return current_surface().write_error or (problem if wants_json else None)


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
    app.register_error_handler(ProductError, _product_error)
