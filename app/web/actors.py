"""Who acts in this request, for the audit log."""

from __future__ import annotations

from app.services.site.audit import Actor
from app.web.client_ip import client_network
from app.web.request_log import request_id
from app.web.viewer import viewer


def acting() -> Actor:
    """The viewer, with the network and the id of this request."""
    return Actor(viewer(), client_network(), request_id())
