"""For whoever watches over the site: does it answer, and can it do its work?"""

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
    """Whether this process answers at all; it asks neither the database nor who is calling."""
    return Response("ok\n", mimetype="text/plain", headers=NO_STORE)


@bp.get("/readyz")
@public
def readyz() -> Response:
    """Whether people should be sent here: 503 without the database, or while stopping."""
    if current_app.extensions.get("is_stopping", bool)():
        return _answer("stopping", [], 503)
    critical = [health.run_check(check) for check in health.CRITICAL]
    if health.worst(critical) is Status.BROKEN:
        # The others stand on the database too, and would only wait for it again.
        return _answer("broken", critical, 503)
    findings = critical + [health.run_check(check) for check in health.DEGRADING]
    is_well = health.worst(findings) is Status.OK
    return _answer("ok" if is_well else "degraded", findings, 200)


def _answer(status: str, findings: list[health.CheckResult], code: int) -> Response:
    """What is wrong is told to the keepers alone."""
    body: dict[str, object] = {"status": status}
    if may_see_health_details():
        body["checks"] = {f.name: {"state": f.state, "text": f.text} for f in findings}
    text = json.dumps(body, indent=2) + "\n"
    return Response(text, code, mimetype="application/json", headers=NO_STORE)
