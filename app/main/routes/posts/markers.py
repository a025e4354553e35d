"""How far somebody has read in home."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.main.blueprint import bp
from app.services.posts import markers
from app.web.paging import number_field
from app.web.sessions import current_session
from app.web.viewer import member


@bp.post("/index/read")
def read_home() -> ResponseReturnValue:
    """Remember the post that somebody has read up to, as scripts ask for when they leave."""
    session = current_session()
    markers.mark_read(member(), number_field("post_id"), session.id if session else None)
    db.session.commit()
    return redirect(url_for("main.index"))
