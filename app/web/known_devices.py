"""A cookie that stays after signing out and tells whose device this is.

Whoever guesses at somebody's password from elsewhere uses up the tries of strangers, not those of
the owner's own devices. The cookie opens nothing by itself, and nobody can read a person from it.
"""

from __future__ import annotations

import hmac

from flask import Response, current_app, g, request

from app.lib.tokens import derive_key, random_token

YEAR_SECONDS = 31_536_000
# People who share a device; the one who signed in longest ago makes room.
PEOPLE_MAX = 5


def cookie_name() -> str:
    return "__Host-device" if current_app.config["IS_HTTPS"] else "device"


def is_known(user_id: int) -> bool:
    """Whether this person has signed in on this device before."""
    return _mark_among(user_id, _marks()) is not None


def key_of(user_id: int) -> str:
    """What to count the tries of this person on this device by."""
    return f"{_marks()[0]}.{user_id}"


def remember(user_id: int) -> None:
    """Have the answer to this request tell the device that this person signed in on it."""
    device, *marks = _marks() or [random_token(16)]
    old = _mark_among(user_id, [device, *marks])
    others = [mark for mark in marks if mark != old]
    fresh = _sign(current_app.config["SECRET_KEY"], device, user_id)
    g.device_cookie = ".".join([device, fresh, *others[: PEOPLE_MAX - 1]])


def set_cookie(response: Response) -> None:
    """Set the cookie when this request changed it."""
    if "device_cookie" in g:
        response.set_cookie(
            cookie_name(),
            g.device_cookie,
            max_age=YEAR_SECONDS,
            secure=current_app.config["IS_HTTPS"],
            httponly=True,
            samesite="Lax",
        )


def _marks() -> list[str]:
    """The device's random name and one signature a person; empty without a cookie."""
    cookie = request.cookies.get(cookie_name(), "")
    parts = cookie.split(".")
    return parts if cookie.isascii() and 1 < len(parts) <= PEOPLE_MAX + 1 else []


def _mark_among(user_id: int, parts: list[str]) -> str | None:
    """The signature for this person, by the key of now or an older one."""
    config = current_app.config
    for secret in (config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]):
        for mark in parts[1:]:
            if hmac.compare_digest(mark, _sign(secret, parts[0], user_id)):
                return mark
    return None


def _sign(secret: str, device: str, user_id: int) -> str:
    text = f"{device}.{user_id}".encode()
    return hmac.new(derive_key(secret, "device"), text, "sha256").hexdigest()
