"""Rows to test with: functions whose keywords override what does not matter."""

from __future__ import annotations

import time
from datetime import timedelta
from itertools import count
from typing import Any

import pyotp
import sqlalchemy as sa
from flask import current_app

from app import db
from app.lib.dates import utcnow
from app.lib.emails import parse_email
from app.lib.encryption import encrypt
from app.lib.one_time_codes import STEP_SECONDS, random_secret
from app.lib.tokens import hash_token, random_api_token
from app.lib.word_filters import Word
from app.models import (
    Authenticator,
    Filter,
    Follow,
    Message,
    Passkey,
    Post,
    RecoveryCode,
    Token,
    User,
)
from app.models.community.filter import CONTEXTS
from app.services.accounts import passwords, roles, two_factor
from app.services.community import filters
from app.services.community.filters import Definition
from app.services.messages import messages
from app.services.posts import posts, search_index
from app.services.posts.composition import compose

PASSWORD = "correct horse 7 battery"
RECOVERY_CODE = "7kd2-m9xq"
_numbers = count(1)


def make_user(username: str | None = None, **values: Any) -> User:
    """A member with a confirmed address whose password is PASSWORD; `role` is the name of one."""
    username = username or f"person{next(_numbers)}"
    email = values.pop("email", f"{username}@example.com")
    if role := values.pop("role", None):
        values["role"] = roles.named(role)
        assert values["role"], f"no role is called {role}"
    user = User(
        username=username,
        email=email,
        email_key=parse_email(email)[1],
        password_hash=passwords.hash_password(values.pop("password", PASSWORD)),
        **{"email_verified_at": utcnow(), **values},
    )
    db.session.add(user)
    db.session.flush()
    search_index.index_person(user)
    db.session.commit()
    return user


def make_post(
    author: User,
    body: str = "The bakery opens again.",
    *,
    reply_to: Post | None = None,
    **values: Any,
) -> Post:
    """A published post; `values` that publishing does not take are set afterwards."""
    new = compose(body, title=values.pop("title", ""), prior=author.language)
    visibility = values.pop("visibility", None)
    post = posts.publish(author, new, reply_to, visibility=visibility)
    for name, value in values.items():
        setattr(post, name, value)
    db.session.commit()
    return post


def make_filter(person: User, *words: str, **values: Any) -> Filter:
    """A filter for these words, everywhere unless `values` say otherwise.

    It is known already, as to any process that has shown a page since.
    """
    whole = [Word(word, is_whole=True) for word in words]
    new = filters.create(person, Definition(**{"words": whole, "contexts": CONTEXTS, **values}))
    db.session.commit()
    filters.matching(person, ())
    return new


def make_message(sender: User, recipient: User, body: str = "See you on Saturday?") -> Message:
    message = messages.send(sender, recipient, body)
    db.session.commit()
    return message


def make_follow(follower: User, followed: User) -> None:
    follower.follow(followed)
    db.session.commit()


def enroll(user: User) -> str:
    """Have `user` asked for a code at the sign-in; returns the secret of their app."""
    secret, key = random_secret(), current_app.config["SECRET_KEY"]
    encrypted = encrypt(key, two_factor.PURPOSE, str(user.id), secret)
    db.session.add(Authenticator(user_id=user.id, secret=encrypted, last_step=0))
    code_hash = passwords.hash_password(RECOVERY_CODE.replace("-", ""))
    db.session.add(RecoveryCode(user_id=user.id, code_hash=code_hash))
    db.session.commit()
    return secret


def code_of(secret: str, *, later: int = 0) -> str:
    """What the app with `secret` shows now, or so many steps later."""
    return str(pyotp.TOTP(secret).at(int(time.time()) + later * STEP_SECONDS))


def make_passkey(user: User, name: str = "phone", **values: Any) -> Passkey:
    """A passkey that signs nothing."""
    credential_id = f"credential{next(_numbers)}"
    passkey = Passkey(
        user_id=user.id,
        credential_id=credential_id,
        name=name,
        **{
            "credential_hash": hash_token(credential_id),
            "public_key": "",
            "sign_count": 0,
            "user_handle": f"handle{user.id}",
            "host": "localhost",
            **values,
        },
    )
    db.session.add(passkey)
    db.session.commit()
    return passkey


def make_token(user: User, scope: str = "write", **values: Any) -> Token:
    """A token that works for an hour; its secret is in `secret`."""
    secret = random_api_token()
    life = {"expires_at": utcnow() + timedelta(hours=1)}
    token = Token(user_id=user.id, token_hash=hash_token(secret), scope=scope, **{**life, **values})
    token.secret = secret
    db.session.add(token)
    db.session.commit()
    return token


def exists(row: Follow | Post | Token | User) -> bool:
    """Whether the row is still in the database."""
    identity = sa.inspect(row).identity
    db.session.expire_all()
    return db.session.get(type(row), identity) is not None
