"""Tokens: get one for a password, list them, revoke them."""

from __future__ import annotations

from flask import current_app, g, request

from app.api.blueprint import operation
from app.api.schemas.token import (
    FreshToken,
    NewToken,
    TokenList,
    fresh_token_answer,
    token_answer,
)
from app.extensions import db
from app.lib.log_events import log_event
from app.lib.text import is_clean
from app.models import Token, User
from app.policies import may_write
from app.services.accounts import passwords, tokens
from app.services.errors import CredentialsError, NotVerifiedError
from app.web.problem_json import Problem
from app.web.rate_limits import sign_in
from app.web.viewer import member


@operation(
    "post",
    "/tokens",
    access="password",
    failures=(403, 409),
    computes_first=True,
)
def create_token(body: NewToken | None) -> FreshToken:
    """Get a token for a username (or e-mail address) and a password.

    Sent by HTTP Basic. Without a body the token may write and lives for one hour. With a name it
    lives for 90 days, or for as many as `expires_in_days` says, and its owner is told by mail.
    """
    body = body or NewToken()
    if body.expires_in_days is not None and body.name is None:
        needs = [("name", "A token that lives for days needs a name.")]
        raise Problem(422, fields=needs)
    user = _authenticated()
    if body.name is None:
        token, secret = tokens.create_unnamed(user, body.scope)
    else:
        days = body.expires_in_days or tokens.DAYS_DEFAULT
        token, secret = tokens.create(user, body.name, body.scope, days)
    db.session.commit()
    log_event("authn_token_created", token_id=token.id, whose=user.id)
    return fresh_token_answer(token, secret)


def _authenticated() -> User:
    """Who the name and the password belong to; guesses count as those at the sign-in page."""
    if not current_app.config["API_PASSWORD_TOKENS"]:
        raise Problem(403, "Make a token on the settings page; passwords are not taken here.")
    given = request.authorization
    if given is None or given.type != "basic" or not is_clean(given.username or ""):
        raise CredentialsError
    name = given.username or ""
    sign_in.hit(name)
    user = passwords.authenticate(name, given.password or "")
    sign_in.clear_failures(user)
    # The failures stay cleared, whatever else speaks against a token.
    db.session.commit()
    if not user.is_active:
        raise CredentialsError
    if not may_write(user):
        raise NotVerifiedError
    return user


@operation("get", "/tokens")
def list_tokens() -> TokenList:
    """List one's tokens, newest first."""
    rows = db.session.scalars(Token.live_of(member()))
    return TokenList(items=[token_answer(row) for row in rows])


@operation("delete", "/tokens", scope="read", status=204)
def revoke_token() -> None:
    """Revoke the token that this request is made with."""
    tokens.revoke(g.api_token)
    db.session.commit()
    log_event("authn_token_revoked")


@operation("delete", "/tokens/<int:token_id>", status=204)
def revoke_one_token(token_id: int) -> None:
    """Revoke one of one's tokens."""
    mine = Token.live_of(member()).where(Token.id == token_id)
    tokens.revoke(db.first_or_404(mine))
    db.session.commit()
    log_event("authn_token_revoked", token_id=token_id)
