"""Where a visitor may be sent back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.urls import TARGET_MAX, safe_path

SAFE = [
    "/",
    "/user/ana",
    "/search?q=a+b&page=2",
    "/search?q=http://example.com//x",
    "/tag/%E6%97%A5%E6%9C%AC",
    "/tag/日本",
    "/tag/a%20b",
    "/tag/%E2%80%8C",
    "/post/1#replies",
    "/user/a:b@c",
    "/?next=//evil.example",
    "/" + "a" * (TARGET_MAX - 1),
]
UNSAFE = [
    None,
    "",
    "home",
    "?q=1",
    "#top",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/a\\b",
    "http://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "mailto:ana@example.com",
    " /home",
    "/ /evil.example",
    "\t//evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nLocation: //evil.example",
    "/\x00/evil.example",
    "/\x0b/evil.example",
    "/\x7f/evil.example",
    "/\x85/evil.example",
    "/\u2028/evil.example",
    "/\u200b/evil.example",
    "/\u202e/evil.example",
    "/\ud800",
    "/%2fevil.example",
    "/%2F%2Fevil.example",
    "/%5cevil.example",
    "/%252fevil.example",
    "/%25252fevil.example",
    "/%09/evil.example",
    "/%0d%0aSet-Cookie:x",
    "/%00",
    "/.//evil.example",
    "/a/..//evil.example",
    "/\uff0fevil.example",
    "/%EF%BC%8Fevil.example",
    "/a//b",
    "/" + "a" * TARGET_MAX,
]


@pytest.mark.parametrize("target", SAFE)
def test_a_path_on_this_site_is_kept(target):
    assert safe_path(target) == target


@pytest.mark.parametrize("target", UNSAFE)
def test_anything_else_is_dropped(target):
    assert safe_path(target) is None


@given(st.text(st.sampled_from("/\\:%2f5c.@?#a \t\n") | st.characters()))
def test_what_is_kept_begins_with_one_slash(target):
    kept = safe_path("/" + target)
    assert kept in (None, "/" + target)
    assert kept is None or not kept.startswith(("//", "/\\"))
