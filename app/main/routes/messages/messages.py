"""Private messages: the inbox, a conversation, and sending a message."""

from __future__ import annotations

from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.usernames import username_key
from app.main.blueprint import bp
from app.main.forms.messages import MessageForm
from app.models import Message, Participation, User
from app.models.messages.message import MESSAGE_MAX
from app.policies import may_see, may_write
from app.services.accounts import users
from app.services.data import submissions
from app.services.messages import messages
from app.web.access import verified
from app.web.paging import Page, number_field, page_of
from app.web.rate_limits.new_accounts import hit_new_recipient
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import resumable
from app.web.viewer import member


@bp.get("/messages")
def messages_page() -> ResponseReturnValue:
    page = page_of(
        partial(messages.inbox, member()), key=lambda participation: participation.last_message_id
    )
    return render_template("messages/messages.html", page=page)


@bp.get("/messages/<username>")
def conversation(username: str) -> ResponseReturnValue:
    return _conversation_page(*_find_other("username", username), MessageForm())


@bp.post("/messages/<username>/read")
def read_conversation(username: str) -> ResponseReturnValue:
    other, _participation = _find_other("username", username)
    messages.mark_read(member(), other, number_field("up_to"))
    db.session.commit()
    return redirect(_address(other))


@bp.route("/send_message/<recipient>", methods=["GET", "POST"])
@resumable
@verified
@limited("message", per_person("30/hour"))
def send_message(recipient: str) -> ResponseReturnValue:
    other, participation = _find_other("recipient", recipient)
    form = MessageForm()
    if form.validate_on_submit():
        hit_new_recipient(member(), other, participation)
        with form.errors_under(form.message):
            _send(other, form)
            db.session.commit()
            flash(_("Your message is sent."))
            return redirect(_address(other))
    return _conversation_page(other, participation, form)


def _send(other: User, form: MessageForm) -> None:
    me, body = member(), form.message.data
    if form.seen.data:
        messages.mark_read(me, other, number_field("seen"))
    key = submissions.form_key(form.form_key.data, other.id, body)
    submissions.once(me, key, Message, lambda: messages.send(me, other, body))


def _find_other(argument: str, username: str) -> tuple[User, Participation | None]:
    """The user with this name and the viewer's participation; closed accounts need one."""
    other = db.session.scalar(sa.select(User).where(User.username_key == username_key(username)))
    if other is None:
        other = users.renamed_from(username, member())
    participation = messages.participation_of(member(), other) if other else None
    if other is None or (participation is None and not may_see(member(), other)):
        abort(404)
    if other.username != username and request.method != "POST":
        values: dict[str, Any] = {argument: other.username}
        abort(redirect(url_for(str(request.endpoint), **values)))
    return other, participation


def _address(other: User) -> str:
    return url_for("main.conversation", username=other.username, _anchor="latest")


def _conversation_page(
    other: User, participation: Participation | None, form: MessageForm
) -> ResponseReturnValue:
    page: Page[Message] = Page([], None, None)
    if participation is not None:
        page = page_of(
            partial(messages.thread, member(), participation), key=lambda message: message.id
        )
    form.seen.data = page.items[0].id if page.items else ""
    may_speak = may_write(member())
    html = render_template(
        "messages/conversation.html",
        other=other,
        page=page,
        unread_count=participation.unread_count if participation and page.newer is None else 0,
        form=form,
        # A sender who has just been refused still gets back their text.
        may_message=may_speak and (bool(form.errors) or messages.accepts(member(), other)),
        may_speak=may_speak,
        message_max=MESSAGE_MAX,
    )
    return html, form.status
