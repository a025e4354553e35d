"""Whether this process answers at all; it asks neither the database nor who is calling."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp
from app.web.access import public


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    return Response("ok\n", mimetype="text/plain", headers={"Cache-Control": "no-store"})
