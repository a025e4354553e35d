"""Seams to other servers: each a Protocol, a default that needs none, and what replaces it."""

from __future__ import annotations

from functools import partial

from flask import Flask

from app.backends import mail, search


def init_app(app: Flask) -> None:
    """Load what the settings choose; the rest costs neither start time nor memory."""
    search.init_app(app)
    mail.init_app(app)
    if app.config["REDIS_URL"] is None:
        return
    from app.backends.jobs.redis import RedisJobs, RQBridge  # noqa: PLC0415
    from app.backends.redis import RedisClient  # noqa: PLC0415

    server = RedisClient(app.config["REDIS_URL"])
    relay = RQBridge(server)
    app.extensions["redis"] = server
    app.extensions["redis_jobs"] = partial(RedisJobs, relay=relay)
    app.extensions["queue_bridge"] = relay.enqueue
