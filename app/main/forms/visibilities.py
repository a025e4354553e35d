"""Who can see a post, as forms offer it."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from app.models.posts import post

LABELS = {
    "public": _l("Everyone"),
    "unlisted": _l("Unlisted: anyone with the link"),
    "followers": _l("Followers"),
}
VISIBILITIES = [SelectChoice(value, LABELS[value]) for value in post.VISIBILITIES]


def visibility_field() -> SelectField:
    """The field of a composer."""
    return SelectField(_l("Who can see it"), choices=VISIBILITIES)


def limit(field: SelectField, allowed: Collection[str]) -> None:
    """Offer nothing else than what is `allowed`."""
    field.choices = [choice for choice in VISIBILITIES if choice.value in allowed]
