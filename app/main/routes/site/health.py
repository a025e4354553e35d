"""Health checks for monitoring: liveness and readiness."""

from __future__ import annotations

from flask import Response, current_app, json

from app.main.blueprint import bp
from app.services.site import health
from app.services.site.health import Status
from app.web.client_ip import may_see_health_details
from app.web.view_options import public

NO_STORE = {"Cache-Control": "no-store"}


@bp.get("/healthz")
@public
def healthz() -> Response:
    """Liveness: whether this process responds; needs neither the database nor a session."""
    return Response("ok\n", mimetype="text/plain", headers=NO_STORE)


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Readiness: whether to route traffic here; 503 without the database, or while stopping."""
    if current_app.extensions.get("is_stopping", bool)():
        return _respond("stopping", [], 503)
    critical = [health.run_check(check) for check in health.CRITICAL]
    if health.worst(critical) is Status.BROKEN:
        # The other checks need the database too, and would only wait for it again.
        return _respond("broken", critical, 503)
    results = critical + [health.run_check(check) for check in health.DEGRADING]
    is_healthy = health.worst(results) is Status.OK
    return _respond("ok" if is_healthy else "degraded", results, 200)


def _respond(status: str, results: list[health.CheckResult], code: int) -> Response:
    """Details are shown only to clients that may see them."""
    body: dict[str, object] = {"status": status}
    if may_see_health_details():
        body["checks"] = {r.name: {"state": r.state, "text": r.text} for r in results}
    text = json.dumps(body, indent=2) + "\n"
    return Response(text, code, mimetype="application/json", headers=NO_STORE)
