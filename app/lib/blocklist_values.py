"""What a site blocks from joining: domains, addresses, networks and patterns of usernames."""

from __future__ import annotations

import re
from enum import StrEnum
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)

import idna

from app.lib.emails import EmailSyntaxError, parse_email

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

KINDS = ("domain", "address", "network", "username")
# A wider network is a mistake in writing: it would keep a whole region out.
WIDEST = {4: 8, 6: 16}
STARS_MAX = 4

_DOMAIN_MAX = 253
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
# What a username can have, and stars for anything else in it.
_PATTERN = re.compile(r"[a-z0-9_.*-]{2,30}")


class BlocklistProblem(StrEnum):
    """Why a value cannot be blocked."""

    DOMAIN = "domain"
    ADDRESS = "address"
    NETWORK = "network"
    TOO_WIDE = "too_wide"
    PATTERN = "pattern"


class BlocklistValueError(ValueError):
    """The text is no value of its kind; `problem` says why."""

    def __init__(self, problem: BlocklistProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def parse_value(kind: str, text: str) -> str:
    """Return `text` as it is compared, for one of KINDS. Raises BlocklistValueError."""
    parsers = {
        "domain": parse_domain,
        "address": parse_address,
        "network": parse_network,
        "username": parse_pattern,
    }
    return parsers[kind](text.strip())


def parse_domain(text: str) -> str:
    """Return a domain in ASCII, with which all below it are meant. Raises BlocklistValueError."""
    name = text.lower().removeprefix("@").removeprefix("*.").strip(".")
    try:
        name = name if name.isascii() else idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        raise BlocklistValueError(BlocklistProblem.DOMAIN) from None
    if len(name) > _DOMAIN_MAX or not _DOMAIN.fullmatch(name):
        raise BlocklistValueError(BlocklistProblem.DOMAIN)
    # Four numbers are an address of a machine.
    if name.replace(".", "").isdigit():
        raise BlocklistValueError(BlocklistProblem.DOMAIN)
    return name


def parse_address(text: str) -> str:
    """Return what an email address and its variants have in common."""
    try:
        return base_of(parse_email(text)[1])
    except EmailSyntaxError:
        raise BlocklistValueError(BlocklistProblem.ADDRESS) from None


def base_of(email_key: str) -> str:
    """Return the key of an address without the part after a plus, which people make up."""
    name, _, host = email_key.rpartition("@")
    return f"{name.partition('+')[0] or name}@{host}"


def parse_network(text: str) -> str:
    """Return a network, or a single address as one. Raises BlocklistValueError."""
    network = network_in(text)
    if network is None:
        raise BlocklistValueError(BlocklistProblem.NETWORK)
    if network.prefixlen < WIDEST[network.version]:
        raise BlocklistValueError(BlocklistProblem.TOO_WIDE)
    return str(network)


def _unmapped(network: Network) -> Network:
    """Clients of IPv4 are known by their IPv4 addresses, however they reach the server."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return ip_network((mapped, network.prefixlen - 96))


def parse_pattern(text: str) -> str:
    """Return a username in which each star stands for any characters."""
    pattern = re.sub(r"\*+", "*", text.lower().removeprefix("@"))
    letters = pattern.replace("*", "")
    is_good = len(letters) >= 2 and pattern.count("*") <= STARS_MAX
    if not is_good or not _PATTERN.fullmatch(pattern):
        raise BlocklistValueError(BlocklistProblem.PATTERN)
    return pattern


def covering_domains(host: str) -> list[str]:
    """Return `host` and the domains above it, by which it is blocked as well."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)] or [host]


def covering_networks(network: Network | Address) -> list[str]:
    """Return `network` and those around it, by which it is blocked as well."""
    around = ip_network(network)
    longest = around.prefixlen
    return [str(around.supernet(new_prefix=n)) for n in range(WIDEST[around.version], longest + 1)]


def network_in(text: str) -> Network | None:
    """Return the network or address that `text` is, if it is one."""
    try:
        # A scope is of the machine that has it.
        return None if "%" in text else _unmapped(ip_network(text, strict=False))
    except ValueError:
        return None


def is_shown(network: str) -> bool:
    """Whether `network` is as coarse as those that the site shows anyway; others are personal."""
    parsed = ip_network(network)
    return parsed.prefixlen <= (24 if parsed.version == 4 else 48)
