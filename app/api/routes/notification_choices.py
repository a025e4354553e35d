"""How you hear of what others do: read and change."""

from __future__ import annotations

from dataclasses import replace

from app.api.blueprint import operation
from app.api.schemas.notification_choice import (
    KindChanges,
    NotificationChoiceChanges,
    NotificationChoices,
    serialize_choices,
)
from app.extensions import db
from app.models.messages.notification import CHOOSABLE, FROM
from app.services.messages import notification_choices
from app.services.messages.notification_choices import Choice
from app.web.problem_json import Problem
from app.web.viewer import member

EMAILED = ("mail", "digest")


@operation("get", "/notifications/choices")
def get_notification_choices() -> NotificationChoices:
    """Read how you hear of each kind of notification.

    About your account and about moderation you are always notified.
    """
    return _in_force()


@operation("patch", "/notifications/choices", failures=(409,))
def change_notification_choices(body: NotificationChoiceChanges) -> NotificationChoices:
    """Change how you hear of some kinds of notifications, or when you get your digest.

    A 409 where the site offers no such choice: it may send no emails.
    """
    choices = notification_choices.of(member())
    for place, change in enumerate(body.kinds):
        choices[change.name] = _changed(choices[change.name], change, f"kinds.{place}")
    notification_choices.change(member(), choices, body.digest_hour)
    db.session.commit()
    return _in_force()


def _in_force() -> NotificationChoices:
    hour = notification_choices.digest_hour_of(member())
    choices = notification_choices.of(member())
    return serialize_choices(choices, hour, offers_email=notification_choices.offers_email())


def _changed(choice: Choice, change: KindChanges, place: str) -> Choice:
    if change.delivery in EMAILED and not notification_choices.offers_email():
        raise Problem(409, fields=[(f"{place}.delivery", "This site sends no emails.")])
    if change.from_whom is not None and FROM not in CHOOSABLE[change.name].choices:
        raise Problem(409, fields=[(f"{place}.from_whom", "There is nothing to choose.")])
    return replace(
        choice,
        delivery=change.delivery or choice.delivery,
        from_whom=change.from_whom or choice.from_whom,
    )
