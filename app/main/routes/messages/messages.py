"""Private messages: the inbox, a conversation, and sending a message."""

from __future__ import annotations

import re
from functools import partial

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.extensions import db
from app.lib.usernames import username_key
from app.main.blueprint import bp
from app.main.forms.messages import MessageForm
from app.main.loaders import redirect_to_current_name
from app.models import Message, Participation, User
from app.models.messages.message import MESSAGE_MAX
from app.policies import may_send
from app.services.accounts import users
from app.services.data import submissions
from app.services.messages import messages
from app.web.access import sender
from app.web.paging import Page, number_field, page_of
from app.web.rate_limits.new_accounts import hit_new_recipient
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import resumable
from app.web.viewer import member

# An id that every database can look up.
ID = re.compile("[0-9]{1,18}", re.ASCII)


@bp.get("/messages")
def messages_page() -> ResponseReturnValue:
    page = page_of(
        partial(messages.inbox, member()), key=lambda participation: participation.last_message_id
    )
    return render_template("messages/messages.html", page=page, conversation_name=conversation_name)


@bp.get("/messages/<username>")
def conversation(username: str) -> ResponseReturnValue:
    return _conversation_page(*_find_other("username", username), MessageForm())


@bp.post("/messages/<username>/read")
def read_conversation(username: str) -> ResponseReturnValue:
    other, participation = _find_other("username", username)
    name = conversation_name(other, participation)
    messages.mark_read(member(), other, number_field("up_to"))
    db.session.commit()
    return redirect(_address(name))


@bp.route("/send_message/<recipient>", methods=["GET", "POST"])
@resumable
@sender
@limited("message", per_person("30/hour"))
def send_message(recipient: str) -> ResponseReturnValue:
    other, participation = _find_other("recipient", recipient)
    form = MessageForm()
    if form.validate_on_submit():
        hit_new_recipient(member(), other, participation)
        with form.errors_under(form.message):
            _send(other, form)
            db.session.commit()
            flash(_("Message sent."))
            return redirect(_address(other.username))
    return _conversation_page(other, participation, form)


def _send(other: User, form: MessageForm) -> None:
    me, body = member(), form.message.data
    if form.seen.data:
        messages.mark_read(me, other, number_field("seen"))
    key = submissions.form_key(form.form_key.data, other.id, body)
    submissions.once(me, key, Message, lambda: messages.send_new(me, other, body))


def _find_other(argument: str, username: str) -> tuple[User, Participation | None]:
    """The user with this name and the viewer's participation; closed accounts need one.

    A closed account is addressed by the conversation, so that its name is on no page.
    """
    if username.startswith("~"):
        left = _left_conversation_or_404(username)
        return left.other, left
    own = sa.and_(Participation.user_id == member().id, Participation.other_id == User.id)
    named = sa.select(User, User.visibility_clause(member()), Participation)
    named = named.outerjoin(Participation, own).where(User.username_key == username_key(username))
    row = db.session.execute(named).one_or_none()
    other, may_be_known, participation = row or (None, False, None)
    if other is None and (other := users.renamed_from(username, member())):
        may_be_known, participation = True, messages.participation_of(member(), other)
    if other is None or not (participation or may_be_known):
        abort(404)
    name = conversation_name(other, participation)
    if name != username and request.method != "POST":
        redirect_to_current_name(argument, name)
    return other, participation


def _left_conversation_or_404(name: str) -> Participation:
    """The viewer's conversation `~1` with somebody who has left."""
    number = name.removeprefix("~")
    own = Participation.of(member()).join(User, User.id == Participation.other_id)
    is_this = Participation.conversation_id == (int(number) if ID.fullmatch(number) else 0)
    left: Participation = db.first_or_404(own.where(is_this, ~User.presence_clause()))
    return left


def conversation_name(other: User, participation: Participation | None) -> str:
    """How the URL of a conversation names it: after `other`, or after itself once they left."""
    if other.is_present or participation is None:
        return other.username
    return f"~{participation.conversation_id}"


def _address(name: str) -> str:
    return url_for("main.conversation", username=name, _anchor="latest")


def _conversation_page(
    other: User, participation: Participation | None, form: MessageForm
) -> ResponseReturnValue:
    page: Page[Message] = Page([], None, None)
    if participation is not None:
        page = page_of(
            partial(messages.thread, member(), participation), key=lambda message: message.id
        )
    form.seen.data = page.items[0].id if page.items else ""
    # A sender who has just been refused still gets back their text.
    is_accepted = bool(form.errors) or messages.accepts(member(), other)
    html = render_template(
        "messages/conversation.html",
        other=other,
        other_name=conversation_name(other, participation),
        page=page,
        unread_count=participation.unread_count if participation and page.newer is None else 0,
        form=form,
        may_message=may_send(member()) and is_accepted,
        message_max=MESSAGE_MAX,
    )
    return html, form.status
