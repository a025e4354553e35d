"""Tokens: get one for a password, list them, revoke them."""

from __future__ import annotations

import logging
from typing import NoReturn

from flask import current_app, g, request

from app.api.operations import operation
from app.api.schemas.token import (
    FreshToken,
    NewToken,
    TokenList,
    fresh_token_answer,
    token_answer,
)
from app.extensions import db
from app.lib.log_events import note
from app.lib.text import is_clean
from app.models import Token, User
from app.policies import may_write
from app.services.accounts import passwords, tokens
from app.services.errors import CredentialsError, TooManyTokensError
from app.web.problem_json import Problem
from app.web.rate_limits import sign_in


@operation(
    "post",
    "/tokens",
    access="password",
    body=NewToken,
    is_body_needed=False,
    answer=FreshToken,
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
        try:
            days = body.expires_in_days or tokens.DAYS_DEFAULT
            token, secret = tokens.create(user, body.name, body.scope, days)
        except TooManyTokensError:
            raise Problem(409, "You have as many tokens as you may. Revoke one first.") from None
    db.session.commit()
    note("authn_token_created", token_id=token.id, whose=user.id)
    return fresh_token_answer(token, secret)


def _authenticated() -> User:
    """Who the name and the password belong to; guesses count as those at the sign-in page."""
    if not current_app.config["API_PASSWORD_TOKENS"]:
        raise Problem(403, "Make a token on the settings page; passwords are not taken here.")
    given = request.authorization
    if given is None or given.type != "basic":
        _refuse()
    name, password = given.username or "", given.password or ""
    if not is_clean(name):
        _refuse()
    sign_in.check(name)
    try:
        user = passwords.authenticate(name, password)
    except CredentialsError:
        note("authn_login_fail", logging.WARNING)
        _refuse()
    sign_in.forgive(user)
    if not user.is_active:
        db.session.commit()
        _refuse()
    if not may_write(user, current_app.config["EMAILS_MUST_BE_VERIFIED"]):
        db.session.commit()
        raise Problem(403, "Confirm your e-mail address first.")
    return user


def _refuse() -> NoReturn:
    challenge = {"WWW-Authenticate": 'Basic realm="API", charset="UTF-8"'}
    raise Problem(401, "The name or the password is wrong.", headers=challenge)


@operation("get", "/tokens", answer=TokenList)
def list_tokens() -> TokenList:
    """List one's tokens, newest first."""
    rows = db.session.scalars(Token.live_of(g.api_token.user))
    return TokenList(items=[token_answer(row) for row in rows])


@operation("delete", "/tokens", scope="read", status=204)
def revoke_token() -> None:
    """Revoke the token that this request is made with."""
    tokens.revoke(g.api_token)
    db.session.commit()
    note("authn_token_revoked")


@operation("delete", "/tokens/<int:token_id>", status=204)
def revoke_one_token(token_id: int) -> None:
    """Revoke one of one's tokens."""
    mine = Token.live_of(g.api_token.user).where(Token.id == token_id)
    tokens.revoke(db.first_or_404(mine))
    db.session.commit()
    note("authn_token_revoked", token_id=token_id)
