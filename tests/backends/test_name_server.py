"""Where the mail of a domain goes, asked of a name server."""

from __future__ import annotations

import time

import pytest

from app.backends.name_server import ANSWER_SECONDS, NameServer
from tests.support.name_server import name_server

pytestmark = pytest.mark.server

MAIL = {
    "fresh.example": ("MX1.Junk.example", "mx2.junk.example"),
    "other.example": ("mx.other.example",),
    "silent.example": (),
    "none.example": ("",),
}


def test_hosts_are_in_lower_case_and_asked_for_once():
    with name_server(MAIL) as server:
        asked = NameServer(server.address)
        for _ in range(2):
            assert sorted(asked.mail_hosts("fresh.example")) == [
                "mx1.junk.example",
                "mx2.junk.example",
            ]
        # No mail, by having no host, the null host (RFC 7505), or no such domain.
        for domain in ("silent.example", "none.example", "nowhere.example"):
            assert asked.mail_hosts(domain) == asked.mail_hosts(domain) == []
        assert server.asked == [
            "fresh.example",
            "silent.example",
            "none.example",
            "nowhere.example",
        ]


def test_one_that_is_silent_is_waited_for_once():
    with name_server(MAIL) as server:
        server.is_silent = True
        asked, began = NameServer(server.address), time.monotonic()
        assert asked.mail_hosts("fresh.example") == []
        assert time.monotonic() - began < ANSWER_SECONDS + 1
        began = time.monotonic()
        assert asked.mail_hosts("fresh.example") == []
        assert time.monotonic() - began < ANSWER_SECONDS / 2
        # Other domains are asked about: somebody may have made one that never answers.
        server.is_silent = False
        assert asked.mail_hosts("other.example")


def test_where_none_listens_nobody_is_kept_waiting_or_out():
    with name_server(MAIL) as server:
        address = server.address
    began = time.monotonic()
    assert NameServer(address).mail_hosts("fresh.example") == []
    assert time.monotonic() - began < ANSWER_SECONDS + 1


def test_that_of_the_system_is_taken():
    assert NameServer("system")._resolver.nameservers
