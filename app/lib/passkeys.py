"""Passkeys (WebAuthn): what a browser is asked, and whether its answer is right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar

_Args = ParamSpec("_Args")
_Result = TypeVar("_Result")
# Longer than any answer of a browser.
ANSWER_MAX = 20_000
# What parsing raises for an answer that is not of the expected form.
_MISTAKES = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


class InvalidAnswerError(Exception):
    """The answer is malformed, about something else, or not signed by the passkey."""


@dataclass(frozen=True)
class RelyingParty:
    """The site as passkeys know it: they belong to its host."""

    host: str
    origin: str
    name: str


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that has just been made; ids and keys are in base64url."""

    credential_id: str
    public_key: str
    sign_count: int


@dataclass(frozen=True)
class Answer:
    """What an answer is about; nothing in it is verified yet."""

    credential_id: str
    challenge: str
    user_handle: str


def creation_options(
    site: RelyingParty, challenge: str, handle: str, username: str, known_ids: Iterable[str]
) -> str:
    """Return what `navigator.credentials.create` takes, as JSON.

    The passkey is found without a username, and made only if its owner was verified.
    """
    selection = {"residentKey": "required", "userVerification": "required"}
    options = {
        "rp": {"id": site.host, "name": site.name},
        "user": {"id": handle, "name": username, "displayName": username},
        "challenge": challenge,
        # ES256, EdDSA and RS256, which all passkeys know one of.
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in (-7, -8, -257)],
        "excludeCredentials": [{"type": "public-key", "id": known} for known in known_ids],
        "authenticatorSelection": {**selection, "requireResidentKey": True},
        "attestation": "none",
        "timeout": 300_000,
    }
    return json.dumps(options)


def request_options(site: RelyingParty, challenge: str, ids: Iterable[str] = ()) -> str:
    """Return what `navigator.credentials.get` takes, as JSON.

    The browser offers the passkeys with these ids; without any, all it has.
    """
    options = {
        "rpId": site.host,
        "challenge": challenge,
        "allowCredentials": [{"type": "public-key", "id": known} for known in ids],
        "userVerification": "required",
        "timeout": 300_000,
    }
    return json.dumps(options)


def _library() -> Any:
    """The package `webauthn`: half a second and 8 MB, which only sites with passkeys need."""
    import webauthn  # noqa: PLC0415

    return webauthn


def _refusing(function: Callable[_Args, _Result]) -> Callable[_Args, _Result]:
    """Raise InvalidAnswerError for every way in which an answer can be wrong."""

    @wraps(function)
    def wrapper(*args: _Args.args, **kwargs: _Args.kwargs) -> _Result:
        try:
            return function(*args, **kwargs)
        except (_library().helpers.exceptions.WebAuthnException, *_MISTAKES) as error:
            raise InvalidAnswerError from error

    return wrapper


@_refusing
def read_answer(answer: str) -> Answer:
    """Return what `answer` is about, before it is verified. Raises InvalidAnswerError."""
    if len(answer) > ANSWER_MAX:
        raise InvalidAnswerError
    parsed = json.loads(answer)
    data = json.loads(_library().base64url_to_bytes(parsed["response"]["clientDataJSON"]))
    handle = parsed["response"].get("userHandle") or ""
    values = (parsed["id"], data["challenge"], handle)
    if not all(isinstance(value, str) for value in values):
        raise InvalidAnswerError
    return Answer(*values)


@_refusing
def verify_new(site: RelyingParty, challenge: str, answer: str) -> NewPasskey:
    """Return the passkey that `answer` to `challenge` has made. Raises InvalidAnswerError."""
    webauthn = _library()
    made = webauthn.verify_registration_response(
        credential=answer,
        expected_challenge=webauthn.base64url_to_bytes(challenge),
        expected_rp_id=site.host,
        expected_origin=site.origin,
        require_user_verification=True,
    )
    return NewPasskey(
        webauthn.helpers.bytes_to_base64url(made.credential_id),
        webauthn.helpers.bytes_to_base64url(made.credential_public_key),
        made.sign_count,
    )


@_refusing
def verify(
    site: RelyingParty, challenge: str, answer: str, public_key: str, sign_count: int
) -> int:
    """Return the new count of uses if the passkey with `public_key` has signed `answer`.

    Raises InvalidAnswerError, also when the owner was not verified or the count went back.
    """
    webauthn = _library()
    verified = webauthn.verify_authentication_response(
        credential=answer,
        expected_challenge=webauthn.base64url_to_bytes(challenge),
        expected_rp_id=site.host,
        expected_origin=site.origin,
        credential_public_key=webauthn.base64url_to_bytes(public_key),
        credential_current_sign_count=sign_count,
        require_user_verification=True,
    )
    return int(verified.new_sign_count)
