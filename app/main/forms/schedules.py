"""When a post is published: a day and a time in the zone of its author."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import ValidationError
from wtforms.widgets import DateInput, TimeInput

from app.lib.dates import comes_twice, local_to_utc, zone_named
from app.web.forms import Form
from app.web.viewer import member


class ScheduleForm(Form):
    """Both fields are empty for what is published at once."""

    publish_on = StringField(_l("Day"), widget=DateInput())
    publish_time = StringField(_l("Time"), widget=TimeInput())

    @property
    def is_scheduled(self) -> bool:
        return bool(self.publish_on.data or self.publish_time.data)

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(member().time_zone)

    @property
    def publish_at(self) -> datetime | None:
        """When it is published, in UTC; None now, or where the fields name no time."""
        if (chosen := self._chosen()) is None:
            return None
        return local_to_utc(*chosen, self.zone)

    @property
    def comes_twice(self) -> bool:
        """Whether clocks show the chosen time twice that day, since they are put back."""
        return self.publish_at is not None and comes_twice(self.publish_at, self.zone)

    def choose_time(self, publish_at: datetime | None) -> None:
        """Fill in the fields."""
        local = publish_at.astimezone(self.zone) if publish_at else None
        self.publish_on.data = local.date().isoformat() if local else ""
        self.publish_time.data = local.strftime("%H:%M") if local else ""

    def validate_publish_on(self, _field: StringField) -> None:
        if not self.is_scheduled or self.publish_at is not None:
            return
        if self._chosen() is None:
            raise ValidationError(_("Choose a day and a time."))
        raise ValidationError(
            _("Clocks go forward then and skip this time. Choose an earlier or a later one.")
        )

    def _chosen(self) -> tuple[date, time] | None:
        try:
            day = date.fromisoformat(self.publish_on.data or "")
            at = time.fromisoformat(self.publish_time.data or "")
        except ValueError:
            return None
        # Neither of them may name a zone of its own, and the last day has no tomorrow.
        return None if at.tzinfo or not 1970 <= day.year < 9000 else (day, at)
