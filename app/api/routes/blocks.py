"""Block and unblock, and whom one blocks."""

from __future__ import annotations

from functools import partial

from app.api import pagination
from app.api.blueprint import operation
from app.api.routes.users import user_or_404
from app.api.schemas.base import Descending
from app.api.schemas.user import PersonList, serialize_user
from app.extensions import db
from app.services.community import blocks
from app.web.rate_limits.rules import hit, per_person
from app.web.viewer import member


@operation("get", "/blocks")
def list_blocks(query: Descending) -> PersonList:
    """List the people you block, latest first."""
    rows, meta, links = pagination.newest_first(query, partial(blocks.page, member()))
    people = [serialize_user(row.blocked) for row in rows]
    return PersonList(items=people, meta=meta, links=links)


@operation("put", "/users/<int:user_id>/block", status=204)
def block_user(user_id: int) -> None:
    """Block somebody: neither of you sees the other, and follows between you end.

    Repeating it changes nothing.
    """
    user = user_or_404(user_id, or_blocked=True)
    hit("block", per_person("300/hour"))
    blocks.block(member(), user)
    db.session.commit()


@operation("delete", "/users/<int:user_id>/block", status=204)
def unblock_user(user_id: int) -> None:
    """Unblock somebody. Within an hour of the block, follows that it ended come back.

    Repeating it changes nothing.
    """
    blocks.unblock(member(), user_or_404(user_id, or_blocked=True))
    db.session.commit()
