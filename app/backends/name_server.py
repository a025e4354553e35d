"""Where the mail of a domain goes, by the name server of MX_LOOKUP."""

from __future__ import annotations

import logging
from typing import Any

import dns.exception
import dns.resolver

from app.lib.bounded_cache import BoundedCache

# Somebody waits for the page meanwhile.
ANSWER_SECONDS = 2.0
# A domain is asked about once in this time, also if there was no answer. Others are asked about
# meanwhile: whoever has a domain can leave its name servers silent.
KEPT_SECONDS = 600
KEPT_CHARACTERS_MAX = 200_000
# More than mail uses, and less than would be work to look up.
HOSTS_MAX = 20

log = logging.getLogger(__name__)


class NameServer:
    """Looks up mail hosts, and remembers them for a while."""

    def __init__(self, server: str) -> None:
        self._resolver = dns.resolver.Resolver(configure=server == "system")
        if server != "system":
            host, _, port = server.partition(":")
            self._resolver.nameservers, self._resolver.port = [host], int(port or 53)
        self._resolver.lifetime = self._resolver.timeout = ANSWER_SECONDS
        self._kept = BoundedCache[str](KEPT_CHARACTERS_MAX, KEPT_SECONDS)

    def mail_hosts(self, domain: str) -> list[str]:
        """The hosts that take mail for `domain`; empty if it has none or nobody knows now."""
        known = self._kept.get(domain)
        if known is None:
            try:
                known = " ".join([domain, *self._ask(domain)])
            except (dns.exception.DNSException, OSError) as error:
                # Nobody is kept out for that, since most are no junk.
                log.warning("no answer about a mail domain: %s", type(error).__name__)
                known = domain
            self._kept.put(domain, known)
        # With the domain, so that also those without hosts have a length.
        return known.split()[1:]

    def _ask(self, domain: str) -> list[str]:
        try:
            answer: Any = self._resolver.resolve(domain, "MX", search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        hosts = (row.exchange.to_text().rstrip(".").lower() for row in answer)
        # An empty one says that there is no mail (RFC 7505).
        return [host for host in list(hosts)[:HOSTS_MAX] if host]
