"""Muting somebody."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from app.api.schemas.base import RequestBody, whole

DAYS_MAX = 365
Days = Annotated[int, Field(ge=0, le=DAYS_MAX), BeforeValidator(whole)]


class NewMute(RequestBody):
    """For how long, and what it hides."""

    days: Days = Field(default=0, description="0: until you unmute them.")
    hides_notifications: bool = Field(
        default=True, description="Whether you are not notified of what they do either."
    )
