"""Seams to other servers: each a Protocol, a default without a server, and external ones."""

from __future__ import annotations

from functools import partial

from flask import Flask

from app.backends import mail, mail_hosts, media, search


def init_app(app: Flask) -> None:
    """Set up the configured back ends; others are not imported, which saves time and memory."""
    search.init_app(app)
    media.init_app(app)
    mail.init_app(app)
    mail_hosts.init_app(app)
    if app.config["REDIS_URL"] is None:
        return
    from app.backends.jobs.redis import RedisJobs, RQBridge  # noqa: PLC0415
    from app.backends.redis import RedisClient  # noqa: PLC0415

    client = RedisClient(app.config["REDIS_URL"])
    bridge = RQBridge(client)
    app.extensions["redis"] = client
    app.extensions["redis_jobs"] = partial(RedisJobs, bridge=bridge)
    app.extensions["queue_bridge"] = bridge.enqueue
