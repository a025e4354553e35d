"""Drafts: keep what is in a composer, open it again, publish or delete it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.dates import utcnow
from app.main.blueprint import bp
from app.main.forms.posts import DraftForm, PostForm, ReplyForm
from app.main.routes.posts.composers import (
    POSTS,
    composer_page,
    draft_key,
    parent_of,
    post_form,
    publish,
    reply_form,
    schedule,
    writing_of,
)
from app.models import Draft, Post
from app.services.errors import RepliesClosedError, ScheduleError, TooManyDraftsError
from app.services.posts import drafts, schedules, visibilities
from app.web.access import require_writer, verified
from app.web.paging import optional_number_field
from app.web.rate_limits.new_accounts import hit_new_author
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import resumable
from app.web.viewer import member


@bp.route("/drafts", methods=["GET", "POST"])
@resumable
@limited("draft", per_person("600/hour"))
def draft_list() -> ResponseReturnValue:
    """The list. What composers hold is sent here to become a draft."""
    if request.method != "POST":
        return render_template("posts/drafts.html", drafts=drafts.page(member()))
    reply_to_id = optional_number_field("reply_to")
    new = Draft(title="", body="", content_note="", reply_to_id=reply_to_id)
    parent = parent_of(reply_to_id)
    # A composer without a choice sends none.
    new.visibility = visibilities.preferred(member(), parent)
    form = DraftForm(visibility=new.visibility)
    if _is_autosave() and drafts.is_scheduled(member(), form.form_key.data or ""):
        abort(409)
    if form.validate_on_submit():
        with form.errors_under(form.post, TooManyDraftsError):
            draft = _save(form, draft_key(form), reply_to_id)
            if _is_autosave():
                return _autosaved(form)
            _flash_saved(draft)
            if parent is not None:
                return redirect(url_for("main.post", post_id=parent.id))
            return redirect(url_for("main.draft_list" if reply_to_id else "main.index"))
    if _is_autosave():
        if form.is_empty:
            # Whoever takes back all that they typed leaves no draft behind.
            drafts.discard(member(), form.form_key.data or "")
            db.session.commit()
        return _autosaved(form)
    return _editor(new, form), form.status


@bp.get("/scheduled")
def scheduled_list() -> ResponseReturnValue:
    return render_template("posts/scheduled.html", drafts=schedules.page(member()))


@bp.route("/draft/<int:draft_id>", methods=["GET", "POST"])
@resumable
@limited("draft", per_person("600/hour"))
def edit_draft(draft_id: int) -> ResponseReturnValue:
    """Go on with a draft, and save it again."""
    draft = _own_or_404(draft_id)
    form = DraftForm(visibility=draft.visibility)
    # Nobody means half a sentence to be published at that time.
    if _is_autosave() and draft.publish_at is not None:
        abort(409)
    if form.validate_on_submit():
        draft = _save(form, draft.key, draft.reply_to_id)
        if not _is_autosave():
            _flash_saved(draft)
            return redirect(url_for("main.draft_list"))
    if _is_autosave():
        return _autosaved(form)
    return _editor(draft, form), form.status


@bp.post("/draft/<int:draft_id>/publish")
@resumable
@verified
@defers_write_lock
@limited("post", POSTS)
def publish_draft(draft_id: int) -> ResponseReturnValue:
    draft = _own_or_404(draft_id)
    parent = parent_of(draft.reply_to_id)
    form = _composer(draft, parent)
    # A reply becomes a post of its own only after its author has seen that.
    is_parent_gone = parent is None and optional_number_field("reply_to") is not None
    if not is_parent_gone and form.validate_on_submit():
        require_writer()
        form.form_key.data = draft.key
        reply_to_id = parent.id if parent is not None else None
        with (
            form.errors_under(form.post, RepliesClosedError),
            form.errors_under(form.publish_on, ScheduleError),
        ):
            if publish_at := form.publish_at:
                return schedule(form, publish_at, reply_to_id)
            hit_new_author(member())
            post = publish(form, reply_to_id)
            flash(_("Posted."))
            return redirect(url_for("main.post", post_id=post.id))
    return composer_page(form, draft, parent), form.status


@bp.post("/draft/<int:draft_id>/delete")
def delete_draft(draft_id: int) -> ResponseReturnValue:
    if not drafts.delete(member(), draft_id):
        abort(404)
    db.session.commit()
    flash(_("Draft deleted."), "undo:" + url_for("main.restore_draft", draft_id=draft_id))
    return redirect(url_for("main.draft_list"))


@bp.post("/draft/<int:draft_id>/restore")
def restore_draft(draft_id: int) -> ResponseReturnValue:
    if not drafts.restore(member(), draft_id):
        abort(404)
    db.session.commit()
    flash(_("Draft restored."))
    return redirect(url_for("main.draft_list"))


def _own_or_404(draft_id: int) -> Draft:
    return drafts.find(member(), draft_id) or abort(404)


def _is_autosave() -> bool:
    """Whether a script sent this while somebody is still writing."""
    return request.form.get("as") == "fragment"


def _autosaved(form: DraftForm) -> str:
    """What the composer says about its draft."""
    return render_template("posts/_autosaved.html", form=form, saved_at=utcnow())


def _flash_saved(draft: Draft) -> None:
    flash(_("Draft saved."), "view:" + url_for("main.edit_draft", draft_id=draft.id))


def _save(form: DraftForm, key: str, reply_to_id: int | None) -> Draft:
    draft = drafts.save(member(), key, writing_of(form, reply_to_id))
    db.session.commit()
    return draft


def _composer(draft: Draft, parent: Post | None) -> PostForm | ReplyForm:
    """The composer that holds a draft, or what was sent of it."""
    fields = {"post": draft.body, "more": draft.more, "form_key": draft.key}
    fields |= {"content_note": draft.content_note, "language": draft.language or ""}
    fields["visibility"] = visibilities.at_most(draft.visibility, parent)
    if parent is not None:
        form: PostForm | ReplyForm = reply_form(parent, **fields)
    else:
        form = post_form(**fields, title=draft.title, replies_from=draft.replies_from)
    if not form.is_submitted():
        form.choose_time(draft.publish_at)
    return form


def _editor(draft: Draft, form: DraftForm) -> str:
    """The composer with a draft, and what is wrong with what was sent."""
    parent = parent_of(draft.reply_to_id)
    composer = _composer(draft, parent)
    for name in ("post", "title", "content_note", "visibility"):
        if name in composer and form[name].errors:
            composer[name].errors = form[name].errors
    # Before anything is sent, the second one is empty.
    for shown, sent in zip(composer.more, form.more, strict=False):
        shown.errors = sent.errors
    return composer_page(composer, draft, parent)
