"""Codes of an authenticator app as RFC 6238 has them, recovery codes, and the QR code."""

from __future__ import annotations

from base64 import b32decode, b32encode

import pytest

from app.lib import one_time_codes
from app.lib.one_time_codes import matching_steps, normalize_code, qr_code

# Of RFC 6238, appendix B, cut to six digits.
SECRET = b32encode(b"12345678901234567890").decode()
VECTORS = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_codes_are_those_of_the_standard(seconds, code):
    assert matching_steps(SECRET, code, seconds) == [seconds // 30]


@pytest.mark.parametrize(("off", "is_right"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_off_by_one_step(off, is_right):
    at = 1234567890
    assert bool(matching_steps(SECRET, VECTORS[at], at - off)) is is_right


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "２８７０８２", "28708²"])
def test_what_is_no_code_matches_nothing(code):
    assert matching_steps(SECRET, code, 59) == []


@pytest.mark.parametrize(
    "typed", ["287082", " 287 082 ", "287-082", "２８７０８２", "287\u00a0082"]
)
def test_a_code_may_be_typed_in_any_way(typed):
    assert normalize_code(typed) == "287082"


def test_a_secret_has_160_bits_and_is_never_the_same():
    secrets = {one_time_codes.random_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert {len(b32decode(secret)) * 8 for secret in secrets} == {160}


def test_a_recovery_code_is_read_as_it_is_shown_whatever_its_case():
    code = one_time_codes.random_recovery_code()
    shown = one_time_codes.readable_recovery_code(code)
    assert len(shown) == 9 and shown[4] == "-"
    assert normalize_code(shown.upper()) == code
    assert one_time_codes.is_recovery_code(code)
    assert not one_time_codes.is_recovery_code("287082")
    assert not one_time_codes.is_app_code(code)


def test_the_address_in_the_qr_code_names_the_site_and_the_person():
    uri = one_time_codes.setup_uri(SECRET, "ana", "River side")
    assert uri.startswith("otpauth://totp/River%20side:ana?")
    assert f"secret={SECRET}" in uri
    assert "issuer=River%20side" in uri


def test_a_qr_code_has_its_three_corners_and_an_empty_border():
    side, path = qr_code(one_time_codes.setup_uri(SECRET, "ana", "Riverside"))
    assert side >= 21 + 8
    # The top of the corners at the left and at the right, seven modules wide.
    assert path.startswith("M4 4h7v1h-7z")
    assert f"M{side - 11} 4h7v1h-7z" in path
    assert f"M4 {side - 5}h7v1h-7z" in path
    assert set(path) <= set("Mhvz- 0123456789")
