"""The client's IP address and network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import current_app, request


def client_address() -> IPv4Address | IPv6Address:
    """The client's address; 0.0.0.0 when a proxy or a Unix socket hides it."""
    try:
        address = ip_address((request.remote_addr or "").partition("%")[0])
    except ValueError:
        return IPv4Address(0)
    # A dual-stack socket reports IPv4 clients as IPv4-mapped IPv6, all in one network.
    return getattr(address, "ipv4_mapped", None) or address


def client_network(ipv4_prefix: int = 24, ipv6_prefix: int = 48) -> str:
    """The client's network; the default prefixes are coarse enough to be shown."""
    address = client_address()
    prefix = ipv4_prefix if address.version == 4 else ipv6_prefix
    return str(ip_network((address, prefix), strict=False))


def is_local() -> bool:
    """Whether the request comes from this machine, without a proxy in between."""
    config = current_app.config
    # Behind a proxy that PROXY_HOPS does not count, every client looks local.
    is_forwarded = "X-Forwarded-For" in request.headers and not config["PROXY_HOPS"]
    return client_address().is_loopback and not is_forwarded


def may_see_health_details() -> bool:
    """Whether the client may see the results of the health checks."""
    address = client_address()
    known = current_app.config["HEALTH_NETWORKS"]
    return is_local() or any(address in network for network in known)
