"""A name server on loopback, which knows where the mail of a few domains goes."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


@dataclass
class NameServer:
    """`mail` has the hosts by their domain; a domain without hosts exists and takes no mail."""

    port: int
    mail: Mapping[str, tuple[str, ...]]
    asked: list[str] = field(default_factory=list)
    is_silent: bool = False

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def answer(self, question: bytes) -> bytes | None:
        """The answer to a query, as it goes over the wire."""
        query = dns.message.from_wire(question)
        name = query.question[0].name.to_text(omit_final_dot=True)
        self.asked.append(name)
        if self.is_silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name not in self.mail:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        elif hosts := self.mail[name]:
            rows = [f"10 {host}." for host in hosts]
            answer.answer.append(dns.rrset.from_text(f"{name}.", 300, "IN", "MX", *rows))
        return answer.to_wire()


@contextmanager
def name_server(mail: Mapping[str, tuple[str, ...]]) -> Iterator[NameServer]:
    """One that runs while the block does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        server = NameServer(listener.getsockname()[1], mail)
        thread = Thread(target=_serve, args=(listener, server))
        thread.start()
        try:
            yield server
        finally:
            # An empty question ends it.
            listener.sendto(b"", listener.getsockname())
            thread.join()


def _serve(listener: socket.socket, server: NameServer) -> None:
    while True:
        question, client = listener.recvfrom(4096)
        if not question:
            return
        if (answer := server.answer(question)) is not None:
            listener.sendto(answer, client)
