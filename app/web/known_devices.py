"""A cookie that outlives sign-out and marks a device as known to the people who use it.

Guessing a password from elsewhere uses up the attempts of strangers, not those of the user's own
devices. The cookie grants no access, and does not reveal who the user is.
"""

from __future__ import annotations

import hmac

from flask import Response, current_app, g, request

from app.lib.tokens import derive_key, random_token

YEAR_SECONDS = 31_536_000
# People who may share a device; the least recently signed in is dropped.
PEOPLE_MAX = 5


def cookie_name() -> str:
    return "__Host-device" if current_app.config["IS_HTTPS"] else "device"


def is_known(user_id: int) -> bool:
    """Whether this person has signed in on this device before."""
    return _find_signature(user_id, _cookie_parts()) is not None


def key_of(user_id: int) -> str:
    """The rate limit key for this person on this device."""
    return f"{_cookie_parts()[0]}.{user_id}"


def remember(user_id: int) -> None:
    """Record in the device's cookie that this person signed in on it."""
    device, *signatures = _cookie_parts() or [random_token(16)]
    old = _find_signature(user_id, [device, *signatures])
    others = [signature for signature in signatures if signature != old]
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


def _cookie_parts() -> list[str]:
    """The device's random id and one signature per person; empty without a cookie."""
    cookie = request.cookies.get(cookie_name(), "")
    parts = cookie.split(".")
    return parts if cookie.isascii() and 1 < len(parts) <= PEOPLE_MAX + 1 else []


def _find_signature(user_id: int, parts: list[str]) -> str | None:
    """The signature for this person, made with the current key or a fallback."""
    config = current_app.config
    for secret in (config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]):
        for signature in parts[1:]:
            if hmac.compare_digest(signature, _sign(secret, parts[0], user_id)):
                return signature
    return None


def _sign(secret: str, device: str, user_id: int) -> str:
    text = f"{device}.{user_id}".encode()
    return hmac.new(derive_key(secret, "device"), text, "sha256").hexdigest()
