"""Schemas of how far somebody has read."""

from __future__ import annotations

from pydantic import Field

from app import models
from app.api.schemas.base import Id, Moment, RequestBody, ResponseBody


class NewMarker(RequestBody):
    """How far one has read."""

    last_read_id: Id = Field(description="The newest post that was read.")


class Marker(ResponseBody):
    """How far one has read; all fields are null or 0 before that."""

    last_read_id: int | None
    version: int = Field(description="How often it has grown.")
    updated_at: Moment | None


def serialize_marker(marker: models.Marker | None) -> Marker:
    if marker is None:
        return Marker(last_read_id=None, version=0, updated_at=None)
    return Marker(
        last_read_id=marker.last_read_id,
        version=marker.version,
        updated_at=marker.updated_at,
    )
