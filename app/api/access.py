"""Authorization of API operations: a token is required unless an operation declares otherwise."""

from __future__ import annotations

from flask import Response, current_app, g, request
from sqlalchemy.exc import DBAPIError

from app.api.blueprint import bp, operation
from app.api.operations import Operation
from app.database.transactions import restart_for_write
from app.extensions import db
from app.models import Token
from app.services.accounts import tokens
from app.web import site_settings
from app.web.access import require_permissions, require_verified, require_writer
from app.web.problem_json import Problem
from app.web.rate_limits import api as api_limits
from app.web.surfaces import current_surface
from app.web.view_options import options_of
from app.web.viewer import set_viewer

REALM = 'realm="API"'


@bp.before_request
def check_access() -> None:
    """Authenticate the request by its bearer token. Cookies are ignored."""
    endpoint = str(request.endpoint)
    if request.method == "OPTIONS" or current_surface().uses_cookies:
        return
    declared = operation.get(endpoint)
    if declared is None or declared.access != "token":
        if declared is None and not _is_readable(endpoint):
            # Any token will do.
            api_limits.hit_token(_token())
            return
        api_limits.hit_network()
        site_settings.refresh_for_visitor()
        return
    token = _token()
    api_limits.hit_token(token)
    _check_scope(declared, token)


def _is_readable(endpoint: str) -> bool:
    """Whether visitors may call a view that is no operation, such as the OpenAPI document."""
    access = options_of(endpoint).access
    is_open = access == "readable" and current_app.config["PUBLIC_READING"]
    return is_open or access == "public"


def _token() -> Token:
    """The token of this request; its user becomes the viewer."""
    credentials = request.authorization
    if credentials is None or credentials.type != "bearer":
        api_limits.hit_network()
        raise Problem(401, headers={"WWW-Authenticate": f"Bearer {REALM}"})
    token = tokens.find(credentials.token or "")
    if token is None:
        api_limits.hit_network()
        challenge = f'Bearer {REALM}, error="invalid_token"'
        raise Problem(401, headers={"WWW-Authenticate": challenge})
    if token.user.is_applicant:
        raise Problem(403, "Your application is still waiting.")
    site_settings.refresh(token.settings_version)
    g.api_token = token
    # Decided now: once the view has committed, reading the row again would queue for a write.
    g.token_to_touch = token.id if tokens.needs_touch(token) else None
    set_viewer(token.user)
    return token


def _check_scope(operation: Operation, token: Token) -> None:
    scope = operation.needed_scope
    if scope == "read":
        return
    if operation.permissions:
        # Before the scope: whoever may not do it does not learn of it.
        require_permissions(*operation.permissions)
        require_verified()
    if not (token.may_administer if scope == "admin" else token.may_write):
        challenge = f'Bearer {REALM}, error="insufficient_scope", scope="{scope}"'
        detail = f"This requires a token with the scope {scope}."
        raise Problem(403, detail, headers={"WWW-Authenticate": challenge})
    if scope == "write":
        require_writer()


@bp.after_request
def finish(response: Response) -> Response:
    """Record that the token was used, at most once an hour, and add the rate limit headers."""
    token_id = g.get("token_to_touch")
    if token_id is not None and response.status_code < 500:
        _record_use(token_id)
    return api_limits.add_headers(response)


def _record_use(token_id: int) -> None:
    try:
        restart_for_write()
        tokens.touch(token_id)
        db.session.commit()
    except DBAPIError:
        # The response is ready; the next request will record the use.
        current_app.logger.warning("could not record the use of a token")
        db.session.rollback()
