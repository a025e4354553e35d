"""How somebody hears of what others do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from app.api.schemas.base import RequestBody, ResponseBody, whole
from app.models.messages.notification import CHOOSABLE, FROM
from app.models.messages.notification_choice import Delivery, FromWhom
from app.services.messages.notification_choices import Choice

KINDS = ", ".join(f"`{name}`" for name in CHOOSABLE)
Hour = Annotated[int, Field(ge=0, le=23), BeforeValidator(whole)]


def known_kind(name: str) -> str:
    if name not in CHOOSABLE:
        raise ValueError("There is nothing to choose about this kind.")
    return name


KindName = Annotated[
    str, AfterValidator(known_kind), Field(json_schema_extra={"enum": list(CHOOSABLE)})
]


class KindChanges(RequestBody):
    """Changes to one kind; fields that are left out stay the same."""

    name: KindName
    delivery: Delivery | None = Field(
        None,
        description="`site`: on the site. `mail`: also by email at once. `digest`: also in the "
        "daily digest. `none`: not at all. Without email, a site refuses `mail` and `digest`.",
    )
    from_whom: FromWhom | None = Field(
        None, description="From everyone, or only from people you follow, where that is a choice."
    )


class NotificationChoiceChanges(RequestBody):
    """Changes to what you are notified of; fields that are left out stay the same."""

    kinds: list[KindChanges] = Field(default=[], max_length=len(CHOOSABLE))
    digest_hour: Hour | None = Field(
        None, description="When the digest is sent, in your time zone."
    )


class KindChoice(ResponseBody):
    """How you hear of one kind."""

    name: str = Field(description=f"One of {KINDS}.")
    delivery: Delivery
    from_whom: FromWhom | None = Field(description="Null if there is no choice.")


class NotificationChoices(ResponseBody):
    """How you hear of what others do."""

    kinds: list[KindChoice]
    digest_hour: int = Field(description="In your time zone.")
    offers_email: bool = Field(description="Whether this site sends emails.")


def serialize_choices(
    choices: Mapping[str, Choice], hour: int, *, offers_email: bool
) -> NotificationChoices:
    kinds = [
        KindChoice(
            name=name,
            delivery=choice.delivery,
            from_whom=choice.from_whom if FROM in CHOOSABLE[name].choices else None,
        )
        for name, choice in choices.items()
    ]
    return NotificationChoices(kinds=kinds, digest_hour=hour, offers_email=offers_email)
