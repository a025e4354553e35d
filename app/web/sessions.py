"""The session cookie: an opaque random id, looked up once per request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, g, request
from sqlalchemy.exc import OperationalError
from werkzeug.middleware.proxy_fix import ProxyFix

from app.database.transactions import restart_for_write
from app.extensions import db, login
from app.lib.tokens import random_token
from app.models import Session, User
from app.services.accounts import sessions
from app.web import known_devices, site_settings
from app.web.client_ip import client_network
from app.web.surfaces import current_surface
from app.web.viewer import set_viewer, viewer

Changed = TypeVar("Changed")
# The page of counts that open tabs ask for all the time.
POLLED = "main.notifications"
REMEMBERED_SECONDS = int(sessions.REMEMBER_FOR.total_seconds())


def cookie_name() -> str:
    """`__Host-` binds the cookie to this exact host; it requires https."""
    return "__Host-session" if current_app.config["IS_HTTPS"] else "session"


def current_session() -> Session | None:
    """The session of this request; None for a visitor."""
    if viewer() is None:
        return None
    session: Session | None = g.get("session_row")
    return session


def sign_in(user: User, *, is_remembered: bool, method: str = "password") -> None:
    """Start a session with a new id; the response to this request sets the cookie.

    `method` says by what they showed who they are.
    """
    session, token = sessions.start(
        user,
        is_remembered=is_remembered,
        is_known_device=known_devices.is_known(user.id),
        user_agent=request.user_agent.string,
        network=client_network(),
        method=method,
    )
    g.session_row = session
    set_viewer(user)
    g.session_cookie = token
    known_devices.remember(user.id)


def sign_out() -> None:
    """End this device's session and delete its cookie."""
    if (session := current_session()) is not None:
        sessions.end(session)
    g.session_row = None
    set_viewer(None)
    g.session_cookie = ""


def visitor_token() -> str:
    """The random id that binds a visitor's forms to their browser, created on first use."""
    token = g.get("session_cookie") or request.cookies.get(cookie_name())
    if not token:
        token = g.session_cookie = random_token()
    return str(token)


def init_app(app: Flask) -> None:
    if hops := app.config["PROXY_HOPS"]:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    login.request_loader(_load_user)

    @app.after_request
    def save_session(response: Response) -> Response:
        _touch_session()
        if "session_cookie" in g:
            _set_cookie(response, g.session_cookie)
        known_devices.set_cookie(response)
        return response


def _load_user(_request: object) -> User | None:
    if not current_surface().uses_cookies:
        return None
    token = request.cookies.get(cookie_name())
    session = sessions.find(token) if token else None
    if token is None or session is None:
        site_settings.refresh_for_visitor()
        return None
    site_settings.refresh(session.settings_version)
    if sessions.is_stolen(session, token):
        _write(lambda: sessions.end(session))
        return None
    g.session_row = session
    # Decided now: once the view has committed, reading the row again would take another statement.
    g.session_to_touch = session.id if sessions.needs_touch(session) else None
    return session.user


def _touch_session() -> None:
    """Record that the session is in use, at most once every few minutes and never for polling."""
    session_id = g.get("session_to_touch")
    if session_id is None or "session_cookie" in g:
        return
    # Any script can set the header, so it hides only the one page that scripts of ours ask for.
    is_poll = request.endpoint == POLLED and "X-Poll" in request.headers
    if request.endpoint == "static" or is_poll:
        return
    try:
        token = _write(lambda: sessions.touch(session_id))
    except OperationalError:
        # The response is ready and matters more; the next request tries again.
        current_app.logger.warning("could not record the use of a session")
        db.session.rollback()
        return
    if token:
        g.session_cookie = token


def _write(change: Callable[[], Changed]) -> Changed:
    """Make a small change in a transaction of its own, after the page's read transaction."""
    restart_for_write()
    result = change()
    db.session.commit()
    return result


def _set_cookie(response: Response, token: str) -> None:
    name, is_https = cookie_name(), current_app.config["IS_HTTPS"]
    if not token:
        response.delete_cookie(name, secure=is_https, httponly=True, samesite="Lax")
        return
    session = g.get("session_row")
    response.set_cookie(
        name,
        token,
        max_age=REMEMBERED_SECONDS if session is not None and session.is_remembered else None,
        secure=is_https,
        httponly=True,
        samesite="Lax",
    )
