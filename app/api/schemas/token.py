"""Tokens, as programs see them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from app import models
from app.api.schemas.base import Answer, Body, Moment, at_most
from app.lib.text import one_line
from app.models.accounts.token import TOKEN_NAME_MAX
from app.services.accounts.tokens import DAYS_DEFAULT, DAYS_MAX

Scope = Literal["read", "write"]


def _some(name: str) -> str:
    if not name:
        raise ValueError("A token has a name.")
    return name


Name = Annotated[
    str, AfterValidator(one_line), AfterValidator(_some), AfterValidator(at_most(TOKEN_NAME_MAX))
]


class NewToken(Body):
    """Without a name the token lives for one hour."""

    model_config = ConfigDict(
        json_schema_extra={"dependentRequired": {"expires_in_days": ["name"]}}
    )

    name: Name | None = Field(
        default=None,
        min_length=1,
        description=f"What it is for; {TOKEN_NAME_MAX} characters at most.",
    )
    scope: Scope = Field(default="write", description="`read` changes nothing.")
    expires_in_days: int | None = Field(
        default=None,
        ge=1,
        le=DAYS_MAX,
        description=f"Life of a token with a name; else {DAYS_DEFAULT}.",
    )


class Token(Answer):
    """A token, without its secret."""

    id: int
    name: str
    scope: Scope
    created_at: Moment
    expires_at: Moment
    last_used_at: Moment | None = Field(description="To the hour.")


class FreshToken(Token):
    """A token that was just made; its secret is never shown again."""

    token: str


class TokenList(Answer):
    """All tokens that work, newest first."""

    items: list[Token]


def token_answer(row: models.Token) -> Token:
    return Token(**_fields(row))


def fresh_token_answer(row: models.Token, secret: str) -> FreshToken:
    return FreshToken(token=secret, **_fields(row))


def _fields(row: models.Token) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Token.model_fields}
