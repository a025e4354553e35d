"""What can be blocked from joining, and by what something is covered."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from app.lib.blocklist_values import (
    BlocklistProblem,
    BlocklistValueError,
    covering_domains,
    covering_networks,
    is_shown,
    network_in,
    parse_value,
)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("domain", "Example.ORG", "example.org"),
        ("domain", " @example.org ", "example.org"),
        ("domain", "*.example.org.", "example.org"),
        ("domain", "bücher.example", "xn--bcher-kva.example"),
        ("domain", "Ｅxample.org", "example.org"),
        ("address", " Dora@Example.ORG", "dora@example.org"),
        ("address", "dora+junk@example.org", "dora@example.org"),
        ("address", "+dora@example.org", "+dora@example.org"),
        ("network", "192.0.2.7", "192.0.2.7/32"),
        ("network", "192.0.2.7/24", "192.0.2.0/24"),
        ("network", "2001:DB8::/32", "2001:db8::/32"),
        ("network", "::ffff:192.0.2.7", "192.0.2.7/32"),
        ("network", "::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("username", "@Casino**", "casino*"),
        ("username", "*buy_now*", "*buy_now*"),
    ],
)
def test_a_value_is_kept_as_it_is_compared(kind: str, text: str, value: str) -> None:
    assert parse_value(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("domain", "example", BlocklistProblem.DOMAIN),
        ("domain", "", BlocklistProblem.DOMAIN),
        ("domain", "a b.example", BlocklistProblem.DOMAIN),
        ("domain", "-a.example", BlocklistProblem.DOMAIN),
        ("domain", "ex*mple.org", BlocklistProblem.DOMAIN),
        ("domain", "192.0.2.7", BlocklistProblem.DOMAIN),
        ("domain", "x" * 64 + ".example", BlocklistProblem.DOMAIN),
        ("domain", "a." * 127 + "example", BlocklistProblem.DOMAIN),
        ("domain", "\u202e.example", BlocklistProblem.DOMAIN),
        ("domain", "ａ" * 300 + ".example", BlocklistProblem.DOMAIN),
        ("address", "example.org", BlocklistProblem.ADDRESS),
        ("address", "a\nb@example.org", BlocklistProblem.ADDRESS),
        ("network", "example.org", BlocklistProblem.NETWORK),
        ("network", "192.0.2.0/33", BlocklistProblem.NETWORK),
        ("network", "192.0.2", BlocklistProblem.NETWORK),
        ("network", "fe80::1%eth0/64", BlocklistProblem.NETWORK),
        ("network", "0.0.0.0/0", BlocklistProblem.TOO_WIDE),
        ("network", "10.0.0.0/7", BlocklistProblem.TOO_WIDE),
        ("network", "::/0", BlocklistProblem.TOO_WIDE),
        ("network", "2000::/3", BlocklistProblem.TOO_WIDE),
        ("network", "::ffff:0:0/96", BlocklistProblem.TOO_WIDE),
        ("username", "*", BlocklistProblem.PATTERN),
        ("username", "a*", BlocklistProblem.PATTERN),
        ("username", "*a*b*c*d*", BlocklistProblem.PATTERN),
        ("username", "a%b", BlocklistProblem.PATTERN),
        ("username", "a\\b", BlocklistProblem.PATTERN),
        ("username", "анна", BlocklistProblem.PATTERN),
        ("username", "x" * 31, BlocklistProblem.PATTERN),
    ],
)
def test_what_is_no_value_is_refused_with_the_reason(
    kind: str, text: str, problem: BlocklistProblem
) -> None:
    with pytest.raises(BlocklistValueError) as refused:
        parse_value(kind, text)
    assert refused.value.problem is problem


def test_a_domain_is_covered_by_those_above_it() -> None:
    assert covering_domains("mail.junk.example.org") == [
        "mail.junk.example.org",
        "junk.example.org",
        "example.org",
    ]
    assert covering_domains("localhost") == ["localhost"]


def test_a_network_is_covered_by_those_around_it() -> None:
    covering = covering_networks(ip_address("192.0.2.7"))
    assert (covering[0], covering[-1], len(covering)) == ("192.0.0.0/8", "192.0.2.7/32", 25)
    covering = covering_networks(ip_address("2001:db8::1"))
    assert (covering[0], covering[-1]) == ("2001::/16", "2001:db8::1/128")
    assert covering_networks(ip_network("10.0.0.0/9")) == ["10.0.0.0/8", "10.0.0.0/9"]
    assert covering_networks(ip_network("0.0.0.0/0")) == []


def test_only_networks_are_networks() -> None:
    assert str(network_in("::ffff:192.0.2.7")) == "192.0.2.7/32"
    assert network_in("example.org") is None


def test_single_addresses_are_personal() -> None:
    assert is_shown("192.0.2.0/24") and is_shown("2001:db8::/48")
    assert not is_shown("192.0.2.7/32") and not is_shown("2001:db8::/64")
