"""The directory of people."""

from __future__ import annotations

from functools import partial

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.database.cursor import Cursor
from app.lib.search.query import parse_query
from app.main.blueprint import bp
from app.models import User
from app.services.accounts import directory
from app.services.community import follows
from app.services.posts import searches
from app.web.paging import page_of
from app.web.rate_limits.rules import hit_search
from app.web.view_options import readable
from app.web.viewer import viewer
from app.web.visitor_pages import kept_for_visitors


@bp.get("/people")
@readable
@kept_for_visitors
def people() -> ResponseReturnValue:
    query = parse_query(request.args.get("q", ""))
    is_by_name = request.args.get("sort") == "name"
    if query.text:
        hit_search()
        fetch = partial(searches.newest_people, searches.for_people(query, viewer()))
        query_args = {"q": query.text}
    else:
        fetch = partial(_by_name if is_by_name else directory.newest, viewer())
        query_args = {"sort": "name"} if is_by_name else {}
    place = _place_of if is_by_name and not query.text else lambda _person: {}
    page = page_of(fetch, key=lambda person: person.id, query_args=query_args, place=place)
    return render_template(
        "accounts/directory.html",
        query=query,
        page=page,
        is_by_name=is_by_name,
        circle=follows.circle_among(viewer(), page.items),
        next_path=request.full_path.rstrip("?"),
    )


def _by_name(viewer: User | None, cursor: Cursor) -> list[User]:
    return directory.by_name(viewer, cursor, request.args.get("name"))


def _place_of(person: User) -> dict[str, str]:
    return {"name": person.name_key}
