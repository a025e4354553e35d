"""Schemas of tokens."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field

from app import models
from app.api.schemas.base import (
    VISIBLE,
    Moment,
    RequestBody,
    ResponseBody,
    max_length,
    text_limits,
    whole,
)
from app.lib.text import one_line
from app.models.accounts.token import TOKEN_NAME_MAX
from app.services.accounts.tokens import DAYS_DEFAULT, DAYS_MAX

Scope = Literal["read", "write"]
AnyScope = Literal["read", "write", "admin"]
Code = Annotated[str, Field(max_length=20, pattern=r"^[0-9A-Za-z -]*$")]
Days = Annotated[int, Field(ge=1, le=DAYS_MAX), BeforeValidator(whole)]


def _not_empty(name: str) -> str:
    if not name:
        raise ValueError("A token needs a name.")
    return name


Name = Annotated[
    str,
    AfterValidator(one_line),
    AfterValidator(_not_empty),
    AfterValidator(max_length(TOKEN_NAME_MAX)),
    Field(json_schema_extra={"minLength": 1, **text_limits(TOKEN_NAME_MAX, VISIBLE)}),
]


class NewToken(RequestBody):
    """A token to create; without a name, it expires after one hour."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"properties": {"name": {"type": "string"}}, "required": ["name"]},
                {"properties": {"expires_in_days": {"type": "null"}}},
            ]
        }
    )

    name: Name | None = Field(
        default=None,
        description=f"What it is for; at most {TOKEN_NAME_MAX} characters.",
    )
    scope: Scope = Field(default="write", description="`read` allows no changes.")
    expires_in_days: Days | None = Field(
        default=None,
        description=f"Lifetime of a token with a name; default: {DAYS_DEFAULT}.",
    )
    code: Code | None = Field(
        default=None,
        description="From the authenticator app, or a recovery code, for accounts that need one.",
    )


class Token(ResponseBody):
    """A token, without its secret."""

    id: int
    name: str
    scope: AnyScope
    created_at: Moment
    expires_at: Moment
    last_used_at: Moment | None = Field(description="Accurate to the hour.")


class FreshToken(Token):
    """A new token; its secret is never shown again."""

    token: str


class TokenList(ResponseBody):
    """All valid tokens, newest first."""

    items: list[Token]


def serialize_token(row: models.Token) -> Token:
    return Token(**_fields(row))


def serialize_fresh_token(row: models.Token, secret: str) -> FreshToken:
    return FreshToken(token=secret, **_fields(row))


def _fields(row: models.Token) -> dict[str, Any]:
    return {name: getattr(row, name) for name in Token.model_fields}
