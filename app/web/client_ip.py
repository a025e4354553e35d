"""Where a request comes from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import current_app, request


def client_address() -> IPv4Address | IPv6Address:
    """The address that the request comes from; 0.0.0.0 when a proxy or a socket hides it."""
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return IPv4Address(0)
    # On a socket for both, IPv4 comes dressed as IPv6, all of it from one network.
    return getattr(address, "ipv4_mapped", None) or address


def client_network(bits_4: int = 24, bits_6: int = 48) -> str:
    """The network that the request comes from; without numbers as coarse as people may see it."""
    address = client_address()
    bits = bits_4 if address.version == 4 else bits_6
    return str(ip_network((address, bits), strict=False))


def is_local() -> bool:
    """Whether no proxy and no network is in between."""
    config = current_app.config
    # A proxy that PROXY_HOPS does not know of makes everybody look like a neighbour.
    is_passed_on = "X-Forwarded-For" in request.headers and not config["PROXY_HOPS"]
    return client_address().is_loopback and not is_passed_on


def may_see_health_details() -> bool:
    """Whether whoever asks may learn how the site is inside."""
    address = client_address()
    known = current_app.config["HEALTH_NETWORKS"]
    return is_local() or any(address in network for network in known)
