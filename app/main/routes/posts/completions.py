"""What a script offers while somebody types a name or a tag."""

from __future__ import annotations

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.lib.text import one_line
from app.main.blueprint import bp
from app.models import User
from app.services.posts import completions
from app.web.rate_limits.rules import hit_read, per_person
from app.web.viewer import member

# Longer than any name or tag.
START_MAX = 60
NAME_SIGNS, TAG_SIGNS = "@\uff20", "#\uff03"


@bp.get("/complete")
def complete() -> ResponseReturnValue:
    """The options for `start`, such as `@an` or `#bre`."""
    start = one_line(request.args.get("start", ""))[:START_MAX]
    sign, word = start[:1], start[1:]
    people: Sequence[User] = ()
    tags: Sequence[str] = ()
    if word and sign in NAME_SIGNS + TAG_SIGNS:
        hit_read("complete", per_person("120/minute"))
        if sign in NAME_SIGNS:
            people = completions.people(member(), word)
        else:
            tags = completions.tags_starting(member(), word)
    return render_template("posts/_completions.html", people=people, tags=tags)
