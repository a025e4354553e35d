"""Choosing whom to write to."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.lib.search.query import QUERY_MAX
from app.lib.text import one_line
from app.main.blueprint import bp
from app.services.messages import recipients
from app.services.messages.recipients import Recipient
from app.web.access import sender
from app.web.rate_limits.rules import hit_search
from app.web.viewer import member


@bp.get("/messages/new")
@sender
def new_message() -> ResponseReturnValue:
    """A username opens the conversation; any other name shows who it could be."""
    text = one_line(request.args.get("to", ""))[:QUERY_MAX].strip()
    if not text:
        followed = recipients.followed(member())
        return _page("", followed, _("Enter a name first.") if "to" in request.args else "")
    hit_search()
    username = text.removeprefix("@")
    if found := recipients.named(member(), username):
        return _conversation(text, found)
    people, is_cut = recipients.matching(member(), text)
    if not people and (found := recipients.formerly_named(member(), username)):
        return _conversation(text, found)
    problem = "" if people else _("There's no one here called %(name)s.", name=text)
    return _page(text, people, problem, is_cut=is_cut)


def _conversation(text: str, found: Recipient) -> ResponseReturnValue:
    if not found.is_accepting:
        refusal = _("%(name)s doesn't accept messages from you.", name=found.person.name)
        return _page(text, [], refusal)
    username = found.person.username
    return redirect(url_for("main.conversation", username=username, _anchor="latest"))


def _page(text: str, people: list[Recipient], problem: str, *, is_cut: bool = False) -> str:
    return render_template(
        "messages/new_message.html", text=text, people=people, problem=problem, is_cut=is_cut
    )
