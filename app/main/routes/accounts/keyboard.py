"""What single keys do: a page, and the fragment that a script shows over the page."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.main.blueprint import bp


@bp.get("/settings/keyboard")
def keyboard() -> ResponseReturnValue:
    is_fragment = request.args.get("as") == "fragment"
    name = "_keyboard.html" if is_fragment else "keyboard.html"
    return render_template(f"accounts/settings/{name}", is_fragment=is_fragment)
