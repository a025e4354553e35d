"""Filters: words and tags that one does not want to read."""

from __future__ import annotations

from flask import url_for
from werkzeug.exceptions import NotFound

from app import models
from app.api.blueprint import operation
from app.api.schemas.filter import (
    Filter,
    FilterChanges,
    FilterList,
    NewFilter,
    serialize_filter,
)
from app.extensions import db
from app.services.community import filters
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("get", "/filters")
def list_filters() -> FilterList:
    """List your filters, latest first."""
    return FilterList(items=[serialize_filter(row) for row in filters.page(member())])


@operation("post", "/filters", status=201, failures=(409,))
def create_filter(body: NewFilter) -> tuple[Filter, dict[str, str]]:
    """Add a filter; 100 at most.

    Posts of others that have one of its words name it in `filtered`. Folding them or leaving them
    out is up to clients; the site does.
    """
    hit("filter", per_person("120/hour"))
    row = filters.create(member(), body.definition())
    db.session.commit()
    answer = serialize_filter(_own_or_404(row.id))
    return answer, {"Location": url_for("api.get_filter", filter_id=answer.id)}


@operation("get", "/filters/<int:filter_id>")
def get_filter(filter_id: int) -> Filter:
    """Read one of your filters."""
    return serialize_filter(_own_or_404(filter_id))


@operation("put", "/filters/<int:filter_id>")
def change_filter(filter_id: int, body: FilterChanges) -> Filter:
    """Change one of your filters. Words that stay keep their ids."""
    hit("filter", per_person("120/hour"))
    if not filters.change(member(), filter_id, body.definition):
        raise NotFound
    db.session.commit()
    return serialize_filter(_own_or_404(filter_id))


@operation("delete", "/filters/<int:filter_id>", status=204)
def delete_filter(filter_id: int) -> None:
    """Delete one of your filters."""
    if not filters.delete(member(), filter_id):
        raise NotFound
    db.session.commit()


def _own_or_404(filter_id: int) -> models.Filter:
    row = filters.find(member(), filter_id)
    if row is None:
        raise NotFound
    return row
