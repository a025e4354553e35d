"""How somebody hears of what others do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import time
from typing import NamedTuple

from babel.dates import format_time
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import Field, SelectField, SubmitField
from wtforms.fields.choices import SelectChoice

from app.models.messages.notification import CHOOSABLE, FROM
from app.models.messages.notification_choice import DIGEST_HOUR
from app.services.messages.notification_choices import Choice
from app.web.forms import Form
from app.web.notification_labels import KIND_LABELS

DELIVERY_LABELS = {
    "site": _l("On the site"),
    "mail": _l("Also by email"),
    "digest": _l("Also in the digest"),
    "none": _l("Not at all"),
}
FROM_LABELS = {"everyone": _l("Everyone"), "followed": _l("People you follow")}
EMAILED = ("mail", "digest")


class Row(NamedTuple):
    """The fields of one kind; some have nothing to choose from whom."""

    name: str
    delivery: Field
    from_whom: Field | None


class NotificationChoicesForm(Form):
    """For each kind `<kind>_delivery` and `<kind>_from`, which are added below."""

    digest_hour = SelectField(_l("Hour"), coerce=int, default=DIGEST_HOUR)
    submit = SubmitField(_l("Save"))

    def offer(self, *, emails: bool) -> None:
        """Offer emails only where the site sends any."""
        self.digest_hour.choices = [
            (hour, format_time(time(hour), "short", locale=get_locale()).replace("\u202f", " "))
            for hour in range(24)
        ]
        if emails:
            return
        del self.digest_hour
        for row in self.rows():
            row.delivery.choices = [
                SelectChoice(value, label)
                for value, label in DELIVERY_LABELS.items()
                if value not in EMAILED
            ]

    def rows(self) -> Iterator[Row]:
        for name in KIND_LABELS:
            has_senders = FROM in CHOOSABLE[name].choices
            yield Row(name, self[f"{name}_delivery"], self[f"{name}_from"] if has_senders else None)

    def chosen(self) -> dict[str, Choice]:
        return {
            name: Choice(delivery.data, from_whom.data if from_whom else "everyone")
            for name, delivery, from_whom in self.rows()
        }

    @staticmethod
    def data_of(choices: Mapping[str, Choice], hour: int) -> dict[str, str | int]:
        """What the fields show at first."""
        shown: dict[str, str | int] = {"digest_hour": hour}
        for name, choice in choices.items():
            shown |= {f"{name}_delivery": choice.delivery, f"{name}_from": choice.from_whom}
        return shown


def _select(label: str, labels: Mapping[str, str]) -> SelectField:
    return SelectField(label, choices=[SelectChoice(*pair) for pair in labels.items()])


for _name, _label in KIND_LABELS.items():
    setattr(NotificationChoicesForm, f"{_name}_delivery", _select(_label, DELIVERY_LABELS))
    if FROM in CHOOSABLE[_name].choices:
        setattr(NotificationChoicesForm, f"{_name}_from", _select(_label, FROM_LABELS))
