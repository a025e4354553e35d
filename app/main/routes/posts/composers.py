"""Composers: their own page, with another box or a preview; and what they publish."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import restart_for_write
from app.extensions import db
from app.lib.tokens import random_token
from app.main.blueprint import bp
from app.main.forms.posts import ComposerForm, DraftForm, PostForm, ReplyForm
from app.main.forms.visibilities import limit
from app.main.loaders import post_or_404
from app.models import Draft, Post
from app.models.posts.draft import KEY_MAX
from app.services.data import submissions
from app.services.errors import TooManyDraftsError
from app.services.posts import drafts, mentions, posts, reply_rules, schedules, visibilities
from app.services.posts.composition import Composed, compose_thread
from app.services.posts.drafts import Writing
from app.web.access import verified
from app.web.filters import long_time
from app.web.paging import optional_number_field
from app.web.rate_limits.new_accounts import hit_new_author
from app.web.rate_limits.rules import hit, limited, per_person
from app.web.view_options import resumable
from app.web.viewer import member

POSTS = per_person("30/10 minutes")


@bp.route("/write", methods=["GET", "POST"])
@resumable
@verified
@limited("write", per_person("600/hour"))
def write() -> ResponseReturnValue:
    """A composer on its own page, after what the button `do` of another one asks for.

    `add`, `drop-1`, `split`, `options` and `preview` publish nothing. What was typed is kept as a
    draft.
    """
    reply_to_id = optional_number_field("reply_to")
    parent = parent_of(reply_to_id)
    form = reply_form(parent) if parent is not None else post_form()
    task = request.form.get("do", "")
    if task == "add":
        form.add()
    elif task == "split":
        form.split(int(current_app.config["POST_MAX_LENGTH"]))
    elif task.startswith("drop-") and task.removeprefix("drop-").isdecimal():
        form.drop(int(task.removeprefix("drop-")))
    shown = _preview(form) if task == "preview" else None
    draft = _keep(form, reply_to_id) if form.is_submitted() and any(form.texts) else None
    return composer_page(form, draft, parent, preview=shown), form.status


def _keep(form: PostForm | ReplyForm, reply_to_id: int | None) -> Draft | None:
    """The draft of what the composer holds; None if it cannot be kept."""
    if not DraftForm(visibility=form.visibility.data).validate():
        return None
    key = draft_key(form)
    if drafts.is_scheduled(member(), key):
        # It stays as it is until its author says so.
        return drafts.with_key(member(), key)
    try:
        draft = drafts.save(member(), key, writing_of(form, reply_to_id))
    except TooManyDraftsError:
        # Whoever goes on writing is told so below the composer.
        db.session.rollback()
        return None
    db.session.commit()
    return draft


def draft_key(form: ComposerForm) -> str:
    """That of the composer; without one that can be kept, it is a draft of its own."""
    key: str = form.form_key.data or ""
    return key if 0 < len(key) <= KEY_MAX else random_token(16)


def writing_of(form: PostForm | ReplyForm | DraftForm, reply_to_id: int | None) -> Writing:
    """What is kept of a composer."""
    body, *more = form.texts
    data = form.data
    return Writing(
        body=body,
        more=more,
        title=data.get("title") or "",
        content_note=data["content_note"] or "",
        visibility=data["visibility"],
        reply_to_id=reply_to_id,
        replies_from=data.get("replies_from", "everyone"),
        language=data["language"] or None,
    )


def composer_page(
    form: PostForm | ReplyForm,
    draft: Draft | None,
    parent: Post | None,
    preview: list[tuple[Composed, str]] | None = None,
) -> str:
    """The page of a composer that may hold a `draft`, or reply to `parent`."""
    return render_template(
        "posts/write.html", draft=draft, parent=parent, form=form, preview=preview
    )


def post_form(**draft: object) -> PostForm:
    """The composer of a post of its own. `draft`: what its fields hold already."""
    return PostForm(**{"visibility": member().default_visibility, **draft})


def reply_form(parent: Post, **draft: object) -> ReplyForm:
    """The composer of a reply, which nobody else may see than what it answers.

    `draft`: what its fields hold already.
    """
    visibility = visibilities.preferred(member(), parent)
    form = ReplyForm(**{"visibility": visibility, "content_note": parent.note, **draft})
    limit(form.visibility, visibilities.below(parent))
    return form


def parent_of(reply_to_id: int | None) -> Post | None:
    """The post that is replied to, while its reader may read it."""
    if reply_to_id is None:
        return None
    return db.session.scalar(Post.alone_for(reply_to_id, member()))


def schedule(
    form: PostForm | ReplyForm, publish_at: datetime, parent_id: int | None = None
) -> ResponseReturnValue:
    """Keep what a composer holds until `publish_at`, and lead to the list of such posts."""
    writing = writing_of(form, parent_id)
    restart_for_write()
    if parent_id is not None:
        # Better now than by a notification.
        reply_rules.check(member(), post_or_404(parent_id))
    schedules.schedule(member(), draft_key(form), writing, publish_at)
    db.session.commit()
    flash(_("Scheduled for %(time)s.", time=long_time(publish_at)))
    if form.comes_twice:
        flash(_("Clocks go back that night and show this time twice. We'll use the first one."))
    return redirect(url_for("main.scheduled_list"))


def publish(form: PostForm | ReplyForm, parent_id: int | None = None) -> Post:
    """Publish what a composer holds, and commit; its draft goes. Once per composer.

    Returns the first post of it.
    """
    author, texts = member(), form.texts
    # The first one is counted already.
    for _text in texts[1:]:
        hit("post", POSTS)
        hit_new_author(author)
    thread = _compose(form)
    restart_for_write()
    parent = None if parent_id is None else post_or_404(parent_id)
    place = [] if parent_id is None else [parent_id]
    key = submissions.form_key(form.form_key.data, *place, *texts, *_title_of(form))
    create = partial(
        posts.publish_thread,
        author,
        thread,
        parent,
        visibility=form.visibility.data,
        replies_from=form.replies_from.data if isinstance(form, PostForm) else "everyone",
    )
    drafts.discard(author, form.form_key.data)
    post = submissions.once(author, key, Post, create)
    db.session.commit()
    return post


def _title_of(form: PostForm | ReplyForm) -> list[str]:
    """The title, for whatever can have one."""
    return [form.title.data or ""] if isinstance(form, PostForm) else []


def _compose(form: PostForm | ReplyForm) -> list[Composed]:
    return compose_thread(
        form.texts,
        title="".join(_title_of(form)),
        note=form.content_note.data or "",
        language=form.language.data or None,
        prior=member().language,
    )


def _preview(form: PostForm | ReplyForm) -> list[tuple[Composed, str]]:
    """The posts as they would be, each with its HTML."""
    thread = _compose(form)
    names = {name for new in thread for name in new.mentions}
    people = mentions.usernames(mentions.find(names, member().id))
    return [(new, new.html(people)) for new in thread]
