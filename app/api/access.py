"""Who may call an operation: whoever has a token for it, unless it is declared otherwise."""

from __future__ import annotations

from flask import Response, current_app, g, request
from sqlalchemy.exc import DBAPIError

from app.api.blueprint import bp
from app.api.operations import OPERATIONS, Operation
from app.database.engine import start_writing
from app.extensions import db
from app.models import Token
from app.policies import may_write
from app.services.accounts import tokens
from app.web.access import access_of
from app.web.problem_json import Problem, is_api
from app.web.rate_limits import api as api_limits

REALM = 'realm="API"'


@bp.before_request
def check_access() -> None:
    """Let the bearer of a token in as its person. No cookie is looked at."""
    endpoint = str(request.endpoint)
    if request.method == "OPTIONS" or not is_api():
        return
    operation = OPERATIONS.get(endpoint)
    if operation is None or operation.access != "token":
        is_open = operation is not None or access_of(endpoint) == "public"
        api_limits.spend_network()
        if not is_open:
            raise Problem(401, headers={"WWW-Authenticate": f"Bearer {REALM}"})
        return
    token = _token()
    api_limits.spend_token(token)
    _check_scope(operation, token)


def _token() -> Token:
    """The token of this request, whose person is from now on who is calling."""
    given = request.authorization
    if given is None or given.type != "bearer":
        api_limits.spend_network()
        raise Problem(401, headers={"WWW-Authenticate": f"Bearer {REALM}"})
    token = tokens.find(given.token or "")
    if token is None:
        api_limits.spend_network()
        challenge = f'Bearer {REALM}, error="invalid_token"'
        raise Problem(401, headers={"WWW-Authenticate": challenge})
    g.api_token, g._login_user = token, token.user
    return token


def _check_scope(operation: Operation, token: Token) -> None:
    if operation.needed_scope == "read":
        return
    if not token.may_write:
        challenge = f'Bearer {REALM}, error="insufficient_scope", scope="write"'
        detail = "This needs a token that may write."
        raise Problem(403, detail, headers={"WWW-Authenticate": challenge})
    if not may_write(token.user, current_app.config["EMAILS_MUST_BE_VERIFIED"]):
        raise Problem(403, "Confirm your e-mail address first.")


@bp.after_request
def finish(response: Response) -> Response:
    """Note that the token was used, at most once an hour, and tell how much it may still do."""
    token = g.get("api_token")
    if token is not None and response.status_code < 500:
        _note_use(token)
    return api_limits.tell(response)


def _note_use(token: Token) -> None:
    if not tokens.is_due(token):
        return
    token_id = token.id
    try:
        start_writing()
        tokens.note_use(token_id)
        db.session.commit()
    except DBAPIError:
        # The answer is ready and matters more than a note that the next request will take.
        current_app.logger.warning("the use of a token could not be noted")
        db.session.rollback()
