"""How far one has read in home."""

from __future__ import annotations

from app.api.blueprint import operation
from app.api.schemas.marker import Marker, NewMarker, serialize_marker
from app.extensions import db
from app.services.posts import markers
from app.web.viewer import member


@operation("get", "/timelines/home/marker")
def get_home_marker() -> Marker:
    """Read how far you have read in your home timeline, on any device."""
    return serialize_marker(markers.home_marker(member()))


@operation("put", "/timelines/home/marker")
def move_home_marker(body: NewMarker) -> Marker:
    """Remember how far you have read in your home timeline.

    It only grows: a post older than what is remembered changes nothing. The response has what is
    remembered now.
    """
    markers.mark_read(member(), body.last_read_id)
    marker = serialize_marker(markers.home_marker(member()))
    db.session.commit()
    return marker
