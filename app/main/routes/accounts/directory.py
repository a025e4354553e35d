"""The directory of people."""

from __future__ import annotations

from functools import partial

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.lib.search.query import parse_query
from app.main.blueprint import bp
from app.models import User
from app.services.accounts import directory
from app.services.community import acquaintances, follows
from app.services.posts import searches
from app.web.paging import Page, day_argument, page_of
from app.web.rate_limits.rules import hit_search
from app.web.view_options import readable
from app.web.viewer import viewer
from app.web.visitor_pages import kept_for_visitors


@bp.get("/people")
@readable
@kept_for_visitors
def people() -> ResponseReturnValue:
    query, sort = parse_query(request.args.get("q", "")), request.args.get("sort")
    me, through = viewer(), None
    if query.text:
        hit_search()
        fetch = partial(searches.newest_people, searches.for_people(query, me))
        page = page_of(fetch, key=_id_of, query_args={"q": query.text})
    elif sort == "active":
        fetch = partial(directory.active, me, day=day_argument("day"))
        page = page_of(fetch, key=_id_of, query_args={"sort": "active"}, place=_day_of)
    elif sort == "name":
        fetch = partial(directory.by_name, me, name_key=request.args.get("name"))
        page = page_of(fetch, key=_id_of, query_args={"sort": "name"}, place=_place_of)
    elif sort == "followed" and me is not None:
        # In one page, since counts that change give no place where the next one could begin.
        found, through = directory.followed(me)
        page = Page(found, None, None)
    else:
        sort = "new"
        page = page_of(partial(directory.newest, me), key=_id_of)
    return render_template(
        "accounts/directory.html",
        query=query,
        page=page,
        sort=sort,
        acquaintances=acquaintances.of(me, page.items) if through is None else through,
        circle=follows.circle_among(me, page.items),
        next_path=request.full_path.rstrip("?"),
    )


def _id_of(person: User) -> int:
    return person.id


def _place_of(person: User) -> dict[str, str]:
    return {"name": person.name_key}


def _day_of(person: User) -> dict[str, str]:
    return {"day": person.last_posted_on.isoformat()} if person.last_posted_on else {}
