"""Finding links, mentions and tags in plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lib.entities import LINKS_MAX, NAMES_MAX, TAG_MAX, EntityKind, find_entities, tag_key
from tests.support.texts import mentions_in, tags_in

TRICKY = st.text(st.sampled_from("@#a1_.-:/ htps中\u0301\u200d\n()[]w") | st.characters(codec=None))


def links_in(text):
    return [
        text[entity.start : entity.end]
        for entity in find_entities(text)
        if entity.kind is EntityKind.LINK
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@ben", ["ben"]),
        ("Hi @Ben, @ana.duarte. @BEN! (@cleo-) @x_1", ["ben", "ana.duarte", "cleo", "x_1"]),
        (".@ben says", ["ben"]),
        ("cc @ana/@ben, @ana.duarte/@ben", ["ana", "ben", "ana.duarte"]),
        ("-@ben \uff20ana", ["ben", "ana"]),
        ("你好/@ben (and/@ana)", ["ben", "ana"]),
        ("ben@ana.example a+x@ben x@ben /a/@ben", []),
        ("@ben's and @ben: @ben…", ["ben"]),
        ("你好@ben你好", ["ben"]),
        ("@ben..ana", ["ben"]),
        ("ana@example.com a.b+c@example.com", []),
        ("ana+@example.com josé@example.com", []),
        ("@ben@social.example", []),
        ("@bené @ @@ @. @-ben", []),
        ("@b", []),
        ("@" + "x" * 30, ["x" * 30]),
        ("@" + "x" * 31, []),
        ("https://example.com/@ben example.com/@ben", []),
        ("https://example.com/a @ben", ["ben"]),
        ("a@ben x_@ben 1@ben", []),
        ("@@ben", []),
    ],
)
def test_mentions_are_found(text, names):
    assert mentions_in(text) == names


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("#tag #TAG #Tag", ["tag"]),
        ("(#one), #two. #three!", ["one", "two", "three"]),
        ("#Straße #STRASSE", ["strasse"]),
        ("#\uff26\uff55\uff4c\uff4c \uff03wide", ["full", "wide"]),
        ("#标签 你好#再见。", ["标签", "再见"]),
        ("#a/#b 和/#标签", ["a", "b", "标签"]),
        ("#スター・ウォーズ #スター\uff65ウォーズ", ["スター・ウォーズ"]),
        ("#夏〜祭り #夏～祭り", ["夏〜祭り"]),
        ("#马丁·路德·金 #paral·lel", ["马丁·路德·金", "paral·lel"]),
        ("#東京・#大阪 ～#祭り～", ["東京", "大阪", "祭り"]),
        ("#東京。 。#大阪", ["東京", "大阪"]),
        ("example.com/@ben example.com/#b a#b a&#b https#b", []),
        ("#हिन्दी #می\u200cخواهم #میخواهم", ["हिन्दी", "میخواهم"]),
        ("#cafe\u0301 #caf\u00e9", ["caf\u00e9"]),
        ("#1st #2024 #_ #a_1", ["1st", "a_1"]),
        ("a#b 1#b ##x #", []),
        ("&#39; &#x27;", []),
        ("https://example.com/#top example.com/#top ?x=#y", []),
        ("#\ufe0f\u20e3news #👍", []),
        ("#" + "x" * TAG_MAX, ["x" * TAG_MAX]),
        ("#" + "x" * (TAG_MAX + 1), []),
        ("#" + "\ufdfa" * 4, []),
    ],
)
def test_tags_are_found(text, keys):
    assert tags_in(text) == keys


def test_a_key_is_found_from_a_tag_as_written():
    assert tag_key("#Caf\u0065\u0301!") == "caf\u00e9"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://example.com", ["https://example.com"]),
        ("HTTP://Example.com/A", ["HTTP://Example.com/A"]),
        ("(https://example.com/a_(b)).", ["https://example.com/a_(b)"]),
        ("see https://example.com/a?b=c&d=e#f, and", ["https://example.com/a?b=c&d=e#f"]),
        ("看https://example.com/路径。好", ["https://example.com/路径"]),
        ("www.example.com/x.", ["www.example.com/x"]),
        ("http://localhost:8000/", ["http://localhost:8000/"]),
        ("<https://example.com>", ["https://example.com"]),
        ('"https://example.com"', ["https://example.com"]),
        ("example.com www.example www. http:// https://", []),
        ("http://bank.example@evil.example/", []),
        ("http://[::1]/", []),
        ("javascript:alert(1) data:text/html,x ftp://example.com //example.com", []),
        ("xhttp://example.com ./www.example.com", []),
        ("https://example.com/\u202egnp", ["https://example.com/"]),
        ("mailto:ana@example.com", []),
        ("https://e.example/Tick..._Boom", ["https://e.example/Tick..._Boom"]),
        ("https://e.example/T,_t..._B!_end!", ["https://e.example/T,_t..._B!_end"]),
        ("https://e.example/Wave\u2013particle", ["https://e.example/Wave\u2013particle"]),
        ("https://e.example/می\u200cخواهم", ["https://e.example/می\u200cخواهم"]),
        ("https://e.example/a...", ["https://e.example/a"]),
        ("https://e.example/a\u2026", ["https://e.example/a"]),
        ("https://e.example/a\u2013", ["https://e.example/a"]),
        ("https://e.example/a \u2013 and more", ["https://e.example/a"]),
        ("https://e.example/a\u200b b", ["https://e.example/a"]),
        ("https://e.example/o/compare/v1...v2", ["https://e.example/o/compare/v1...v2"]),
        ("(See https://e.example/f().)", ["https://e.example/f()"]),
        ("(See https://e.example/f(bar)!)", ["https://e.example/f(bar)"]),
        ("(see https://e.example/f().html).", ["https://e.example/f().html"]),
        ("https://e.example/a，b。", ["https://e.example/a"]),
        ("[https://e.example/a(b]", ["https://e.example/a"]),
        ("https://e.example/a_(b)c)", ["https://e.example/a_(b)c"]),
        ("来源:https://e.example/x", ["https://e.example/x"]),
        ("Fuente:https://e.example/x", ["https://e.example/x"]),
        ("https://xn--a.example/", []),
        (
            "https://e.example/@ben https://e.example/#b",
            ["https://e.example/@ben", "https://e.example/#b"],
        ),
    ],
)
def test_links_are_found(text, links):
    assert links_in(text) == links


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("B\u00dcCHER.example", "xn--bcher-kva.example"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("M\u00dcLLER.example", "xn--mller-kva.example"),
        ("stra\u00dfe.example", "xn--strae-oqa.example"),
        ("例え.example:8000", "xn--r8jz45g.example:8000"),
    ],
)
def test_a_host_in_any_script_has_one_address(typed, host):
    (link,) = find_entities(f"https://{typed}/x")
    assert link.value == f"https://{host}/x"


def test_there_are_only_so_many_links():
    assert len(links_in("https://example.com " * (LINKS_MAX + 5))) == LINKS_MAX


def test_a_link_with_an_impossible_address_stays_text(monkeypatch):
    monkeypatch.setattr("app.lib.addresses.validateLink", lambda url: False)
    assert links_in("https://example.com") == []


@given(TRICKY)
def test_pieces_are_in_order_and_apart(text):
    end = 0
    for entity in find_entities(text):
        assert end <= entity.start < entity.end <= len(text)
        end = entity.end


@given(TRICKY)
def test_the_key_of_a_key_is_that_key(text):
    assert tag_key(tag_key(text)) == tag_key(text)
    for key in tags_in(text):
        assert tags_in(f"#{key}") == [key]


@given(TRICKY)
def test_a_name_found_is_found_again(text):
    for name in mentions_in(text):
        assert mentions_in(f"@{name}") == [name]


def test_a_text_has_a_thousand_names_at_most():
    names = [*find_entities("#tea @ben " * 600)]
    assert len(names) == NAMES_MAX == 1000
    assert names[-1].value == "ben"
