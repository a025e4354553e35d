"""Odd input: refused with a page, never with a failure of ours."""

from __future__ import annotations

import pytest

from tests.support.pages import check_headers, check_page, get_page, log_in

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "path",
    [
        *["/user/\x00", "/user/\xff", "/user/\xed\xa0\x80", "/user/\xc0\xaf", "/\x00", "/\xfe"],
        *["/?q=%00", "/?q=%ff", "/explore?before=%00", "/auth/login?next=%ed%a0%80"],
    ],
)
def test_bytes_that_are_no_text_are_refused(client, path):
    address, _, query = path.partition("?")
    # As a server hands it over: bytes, one character each.
    raw = {"PATH_INFO": address, "QUERY_STRING": query}
    response = client.get("/", environ_overrides=raw)
    assert response.status_code == 400
    check_headers(response)


@pytest.mark.parametrize("value", [b"%00", b"%ff", b"a%ed%a0%80", b"\xff", b"\x00"])
@pytest.mark.parametrize("name", ["username", "csrf_token", "unknown"])
def test_a_form_that_is_no_text_is_refused(client, ana, value, name):
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"].encode()
    body = b"csrf_token=" + token + b"&password=x&username=ana&" + name.encode() + b"=" + value
    assert client.post("/auth/login", data=body, content_type=FORM).status_code == 400


@pytest.mark.parametrize("value", [b"a\x00b", b"\xff\xfe", b"\xed\xa0\x80"])
def test_a_form_in_parts_that_is_no_text_is_refused(client, value):
    token = get_page(client, "/auth/login").fields("/auth/login")["csrf_token"].encode()
    parts = {b"csrf_token": token, b"username": value, b"password": b"x"}
    body = b"".join(
        b'--x\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n' + text + b"\r\n"
        for name, text in parts.items()
    )
    kind = "multipart/form-data; boundary=x"
    response = client.post("/auth/login", data=body + b"--x--\r\n", content_type=kind)
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"\xff" * 100, "multipart/form-data; boundary=\xff"),
        (b"a=%", FORM),
        (b"%", FORM),
        (b"=&&==;&", FORM),
        (b"{", "application/json"),
        (b'"\\ud800"', "application/json"),
        (b"", ""),
        (b"a=b", FORM + "; charset=utf-7"),
    ],
)
def test_a_broken_form_is_refused_without_a_failure(client, body, kind):
    assert client.post("/auth/login", data=body, content_type=kind).status_code in (400, 413)


def test_a_form_in_very_many_parts_is_too_long(client):
    parts = {f"field{number}": "x" for number in range(150)}
    response = client.post("/auth/login", data=parts, content_type="multipart/form-data")
    assert response.status_code == 413
    check_page(response)


@pytest.mark.parametrize(
    "cookie",
    ["session=\xff", "session=%00", "session=%ff; notice=%ed%a0%80", "notice=x.y.z", ";;;=", "="],
)
def test_cookies_of_other_programs_harm_nobody(client, cookie):
    response = client.get("/", headers={"Cookie": cookie})
    assert response.status_code in (200, 400)


def test_a_notice_that_was_not_ours_is_not_shown(client):
    client.set_cookie("notice", "eyJfZmxhc2hlcyI6W119.aaaa.bbbb")
    get_page(client, "/auth/login")


@pytest.mark.parametrize(
    "number",
    ["0", "-1", "1.5", "１２", "9" * 19, "9" * 25, str(2**63), "1e3", "0x1", "+1", " 1"],
)
@pytest.mark.parametrize(
    "path", ["/post/{}", "/explore?before={}", "/explore?after={}", "/?page={}"]
)
def test_numbers_out_of_range_are_no_page(client, path, number):
    response = client.get(path.format(number))
    assert response.status_code == 404


@pytest.mark.parametrize("text", ["{{7*7}}", "%s", "%(x)s", "{0.__class__}", "\u202egnp", "a\tb"])
@pytest.mark.parametrize("field", ["username", "email"])
def test_what_is_sent_back_is_what_was_sent(client, field, text):
    page = get_page(client, "/auth/register")
    fields = page.fields("/auth/register") | {field: text}
    response = client.post("/auth/register", data=fields)
    assert response.status_code == 422
    assert check_page(response).fields("/auth/register")[field] == text


def test_languages_and_agents_may_say_anything(client, ana):
    odd = {"Accept-Language": "\xff;q=x,,,*;q=9,zh-Hant-x-y" * 50, "User-Agent": "\xff\x7f" * 300}
    get_page(client, "/", headers=odd)
    log_in(client, ana)
    assert client.get("/settings/sessions", headers=odd).status_code == 200
