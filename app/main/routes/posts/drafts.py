"""Drafts: keep what is in a composer, open it again, publish or delete it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import defers_write_lock
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import random_token
from app.main.blueprint import bp
from app.main.forms.posts import DraftForm, PostForm, ReplyForm
from app.main.routes.posts import replies, timelines
from app.models import Draft, Post
from app.models.posts.draft import KEY_MAX
from app.services.errors import RepliesClosedError, TooManyDraftsError
from app.services.posts import drafts, visibilities
from app.services.posts.drafts import Writing
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
    parent = _parent_of(new)
    # A composer without a choice sends none.
    new.visibility = visibilities.preferred(member(), parent)
    form = DraftForm(visibility=new.visibility)
    if form.validate_on_submit():
        with form.errors_under(form.post, TooManyDraftsError):
            draft = _save(form, _key_of(form), reply_to_id)
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


@bp.route("/draft/<int:draft_id>", methods=["GET", "POST"])
@resumable
@limited("draft", per_person("600/hour"))
def edit_draft(draft_id: int) -> ResponseReturnValue:
    """Go on with a draft, and save it again."""
    draft = _own_or_404(draft_id)
    form = DraftForm(visibility=draft.visibility)
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
@limited("post", per_person("30/10 minutes"))
def publish_draft(draft_id: int) -> ResponseReturnValue:
    draft = _own_or_404(draft_id)
    parent = _parent_of(draft)
    form = _composer(draft, parent)
    # A reply becomes a post of its own only after its author has seen that.
    is_parent_gone = parent is None and optional_number_field("reply_to") is not None
    if not is_parent_gone and form.validate_on_submit():
        require_writer()
        form.form_key.data = draft.key
        with form.errors_under(form.post, RepliesClosedError):
            hit_new_author(member())
            if parent is not None and isinstance(form, ReplyForm):
                post = replies.publish(form, parent.id)
            else:
                post = timelines.publish(form)
            flash(_("Posted."))
            return redirect(url_for("main.post", post_id=post.id))
    return _page(draft, parent, form), form.status


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


def _key_of(form: DraftForm) -> str:
    """That of the composer; without one that can be kept, it is a draft of its own."""
    key: str = form.form_key.data or ""
    return key if 0 < len(key) <= KEY_MAX else random_token(16)


def _is_autosave() -> bool:
    """Whether a script sent this while somebody is still writing."""
    return request.form.get("as") == "fragment"


def _autosaved(form: DraftForm) -> str:
    """What the composer says about its draft."""
    return render_template("posts/_autosaved.html", form=form, saved_at=utcnow())


def _flash_saved(draft: Draft) -> None:
    flash(_("Draft saved."), "view:" + url_for("main.edit_draft", draft_id=draft.id))


def _save(form: DraftForm, key: str, reply_to_id: int | None) -> Draft:
    writing = Writing(
        body=form.post.data or "",
        title=form.title.data or "",
        content_note=form.content_note.data or "",
        visibility=form.visibility.data,
        reply_to_id=reply_to_id,
    )
    draft = drafts.save(member(), key, writing)
    db.session.commit()
    return draft


def _parent_of(draft: Draft) -> Post | None:
    """The post that it replies to, while its author may read that."""
    if draft.reply_to_id is None:
        return None
    return db.session.scalar(Post.alone_for(draft.reply_to_id, member()))


def _composer(draft: Draft, parent: Post | None) -> PostForm | ReplyForm:
    """The composer that holds a draft, or what was sent of it."""
    fields = {"post": draft.body, "content_note": draft.content_note, "form_key": draft.key}
    visibility = visibilities.at_most(draft.visibility, parent)
    if parent is not None:
        return replies.reply_form(parent, **fields, visibility=visibility)
    return PostForm(**fields, title=draft.title, visibility=visibility)


def _editor(draft: Draft, form: DraftForm) -> str:
    """The composer with a draft, and what is wrong with what was sent."""
    parent = _parent_of(draft)
    composer = _composer(draft, parent)
    for name in ("post", "title", "content_note", "visibility"):
        if name in composer and form[name].errors:
            composer[name].errors = form[name].errors
    return _page(draft, parent, composer)


def _page(draft: Draft, parent: Post | None, form: PostForm | ReplyForm) -> str:
    return render_template("posts/draft.html", draft=draft, parent=parent, form=form)
