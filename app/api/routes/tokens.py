"""Tokens: create one with a password, list them, revoke them."""

from __future__ import annotations

from flask import current_app, g, request

from app.api.blueprint import operation
from app.api.schemas.token import (
    FreshToken,
    NewToken,
    TokenList,
    serialize_fresh_token,
    serialize_token,
)
from app.extensions import db
from app.lib.log_events import log_event
from app.lib.text import is_clean
from app.models import Token, User
from app.policies import is_let_in
from app.services.accounts import factors, passwords, tokens, two_factor
from app.services.errors import (
    CodeRequiredError,
    CredentialsError,
    NotAcceptedError,
    NotVerifiedError,
    SuspendedError,
)
from app.web.problem_json import Problem
from app.web.rate_limits import second_factor, sign_in
from app.web.viewer import member


@operation(
    "post",
    "/tokens",
    access="password",
    failures=(403, 409),
    computes_first=True,
)
def create_token(body: NewToken | None) -> FreshToken:
    """Create a token with a username (or email) and a password.

    Send them with HTTP Basic. Without a body, the token may write and expires after one hour. With
    a name, it expires after 90 days or `expires_in_days`, and its user is notified by email.

    With two-factor sign-in, `code` is needed too; without a valid one, the error 401 names that
    field. A code works once.
    """
    body = body or NewToken()
    if body.expires_in_days is not None and body.name is None:
        missing = [("name", "A token that lasts for days needs a name.")]
        raise Problem(422, fields=missing)
    user = _authenticated(body.code)
    if body.name is None:
        token, secret = tokens.create_unnamed(user, body.scope)
    else:
        days = body.expires_in_days or tokens.DAYS_DEFAULT
        token, secret = tokens.create(user, body.name, body.scope, days)
    db.session.commit()
    log_event("authn_token_created", token_id=token.id, whose=user.id)
    return serialize_fresh_token(token, secret)


def _authenticated(code: str | None) -> User:
    """The user with this name and password, and code if they need one; attempts are throttled."""
    if not current_app.config["API_PASSWORD_TOKENS"]:
        raise Problem(403, "Passwords are not accepted here. Create a token on the settings page.")
    credentials = request.authorization
    if (
        credentials is None
        or credentials.type != "basic"
        or not is_clean(credentials.username or "")
    ):
        raise CredentialsError
    name = credentials.username or ""
    sign_in.hit(name)
    user = passwords.authenticate(name, credentials.password or "")
    sign_in.clear_failures(user)
    # Keep the failures cleared, even if the token is then refused.
    db.session.commit()
    if not user.is_active:
        raise CredentialsError
    if user.is_suspended:
        raise SuspendedError
    if user.is_applicant:
        raise NotAcceptedError
    if not is_let_in(user):
        raise NotVerifiedError
    if two_factor.is_enrolled(user):
        _use_code(user, code)
    elif factors.are_asked(user):
        raise Problem(403, "This account needs a passkey. Create a token on the settings page.")
    return user


def _use_code(user: User, code: str | None) -> None:
    if not code:
        raise CodeRequiredError
    second_factor.hit(user)
    two_factor.use_code(user, code)
    second_factor.refund(user)


@operation("get", "/tokens")
def list_tokens() -> TokenList:
    """List your tokens, newest first."""
    rows = db.session.scalars(Token.live_of(member()))
    return TokenList(items=[serialize_token(row) for row in rows])


@operation("delete", "/tokens", scope="read", status=204)
def revoke_token() -> None:
    """Revoke the token that authenticates this request."""
    tokens.revoke(g.api_token)
    db.session.commit()
    log_event("authn_token_revoked")


@operation("delete", "/tokens/<int:token_id>", status=204)
def revoke_one_token(token_id: int) -> None:
    """Revoke one of your tokens."""
    own = Token.live_of(member()).where(Token.id == token_id)
    tokens.revoke(db.first_or_404(own))
    db.session.commit()
    log_event("authn_token_revoked", token_id=token_id)
