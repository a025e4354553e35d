"""What the text of a setting may be: each function returns the value, or raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

import idna


def text(raw: str) -> str:
    return raw


def optional(raw: str) -> str | None:
    return raw or None


def comma_list(raw: str) -> list[str]:
    return [part.strip() for part in raw.split(",") if part.strip()]


def networks(raw: str) -> list[IPv4Network | IPv6Network]:
    """Networks or single addresses, separated by commas."""
    try:
        return [ip_network(part) for part in comma_list(raw)]
    except ValueError:
        raise ValueError("networks such as 10.0.0.0/8, separated by commas") from None


def switch(raw: str) -> bool:
    """`1`/`0` and their usual synonyms; anything else is an error."""
    known = {"1": True, "true": True, "yes": True, "on": True}
    known |= {"0": False, "false": False, "no": False, "off": False, "": False}
    try:
        return known[raw.lower()]
    except KeyError:
        raise ValueError("1 or 0") from None


def number(minimum: int, maximum: int) -> Callable[[str], int]:
    """A whole number between `minimum` and `maximum`, inclusive."""

    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not minimum <= int(raw) <= maximum:
            raise ValueError(f"a whole number from {minimum} to {maximum}")
        return int(raw)

    return parse


def one_of(*allowed: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in allowed:
            raise ValueError(" or ".join(filter(None, allowed)))
        return raw

    return parse


def color(raw: str) -> str:
    if not re.fullmatch("#[0-9a-fA-F]{6}", raw):
        raise ValueError("a color such as #17603f")
    return raw.lower()


def ascii_host(host: str) -> str:
    """The form of a host name that headers, mails and DNS use: `xn--…` for letters beyond ASCII.

    By the rules of browsers (UTS 46), not by Python's own codec, which reads ß as ss.
    """
    try:
        return host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise ValueError("a host name such as example.org") from None


def host_names(raw: str) -> list[str]:
    return [ascii_host(name) for name in comma_list(raw)]


def origin(raw: str) -> str | None:
    """An origin such as https://example.org: a scheme, a host in ASCII, and nothing after them."""
    if not raw:
        return None
    parts = urlsplit(raw.rstrip("/"))
    try:
        has_valid_port = parts.port is None or parts.port > 0
    except ValueError:
        has_valid_port = False
    if parts.scheme not in ("http", "https") or not parts.hostname or not has_valid_port:
        raise ValueError("a URL such as https://example.org")
    if parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError("a URL without a path, such as https://example.org")
    host = parts.netloc.removesuffix(f":{parts.port}")
    port = "" if parts.port is None else f":{parts.port}"
    return f"{parts.scheme}://{ascii_host(host)}{port}"


def header_word(raw: str) -> str | None:
    """A key or name that is sent in a header: visible ASCII without spaces."""
    if raw and not (raw.isascii() and raw.isprintable() and " " not in raw):
        raise ValueError("visible ASCII characters without spaces")
    return raw or None


def service_url(raw: str) -> str | None:
    """The URL of another service: a scheme, a host, an optional path, and nothing else."""
    if not raw:
        return None
    parts = urlsplit(raw)
    path = parts.path.rstrip("/")
    address = origin(f"{parts.scheme}://{parts.netloc}")
    if parts.query or parts.fragment or header_word(path) != (path or None):
        raise ValueError("a URL such as http://localhost:5001")
    return f"{address}{path}"


def server_url(raw: str) -> str | None:
    """Like `service_url`, optionally with a name and a password."""
    netloc = urlsplit(raw).netloc
    login, at, host = netloc.rpartition("@")
    header_word(login)
    address = service_url(raw.replace(netloc, host, 1) if at else raw)
    return address.replace("://", f"://{login}@", 1) if address and at else address


def bucket_url(raw: str) -> str | None:
    """The address of a store and the name of a bucket in it, as S3 knows them by path."""
    address = service_url(raw)
    if address and not re.fullmatch(r"/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", urlsplit(address).path):
        raise ValueError("a URL such as https://s3.example.org/bucket")
    return address


def index_name(raw: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,63}", raw):
        raise ValueError("lower-case letters and digits, a letter first")
    return raw


def folder(raw: str) -> Path | None:
    if raw and not Path(raw).is_absolute():
        raise ValueError("an absolute path such as /srv/microblog/exports")
    return Path(raw) if raw else None


def database_url(raw: str) -> str | None:
    """A SQLAlchemy URL of one of the two databases; bare PostgreSQL schemes mean psycopg 3."""
    for scheme in ("postgres://", "postgresql://"):
        if raw.startswith(scheme):
            return "postgresql+psycopg://" + raw.removeprefix(scheme)
    if raw and not raw.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("sqlite:///… or postgresql://…")
    return raw or None


def name_server(raw: str) -> str:
    """`system`, or an IPv4 address with an optional port."""
    if raw not in ("", "system"):
        host, _, port = raw.partition(":")
        _valid = ip_network(f"{host}/32"), number(1, 65535)(port or "53")
    return raw


def redis_url(raw: str) -> str | None:
    """A Redis URL; `rediss` means TLS, and the number after the host selects a database."""
    parts = urlsplit(raw)
    try:
        is_valid = parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0
    except ValueError:
        is_valid = False
    database = parts.path.removeprefix("/")
    if raw and not (is_valid and (database + "0").isdecimal()):
        raise ValueError("redis://host:6379/0 or rediss://…")
    return raw or None
