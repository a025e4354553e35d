"""One post: read, edit, history, delete and restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import with_expression

from app.database.cursor import Cursor
from app.database.transactions import defers_write_lock, restart_for_write
from app.extensions import db
from app.lib.languages import LANGUAGE_NAMES
from app.lib.urls import safe_path
from app.main.blueprint import bp
from app.main.forms.posts import EditPostForm
from app.main.forms.visibilities import limit
from app.main.loaders import own_post_or_404, post_or_404
from app.main.routes.posts.acts import elsewhere
from app.main.routes.posts.composers import reply_form
from app.models import Post, PostRevision, User
from app.policies import may_edit, may_translate, may_write
from app.services.errors import WiderVisibilityError
from app.services.posts import posts, threads, translations, visibilities
from app.services.posts.composition import compose_in
from app.services.posts.threads import Reply, Thread
from app.web.access import verified
from app.web.filters import language_name
from app.web.locale import is_language
from app.web.paging import number_argument, page_of_posts
from app.web.rate_limits.rules import limited, per_person
from app.web.view_options import readable, resumable
from app.web.viewer import member, viewer
from app.web.visitor_pages import kept_for_visitors

# Only the newest ones, which bounds the page.
VERSIONS_SHOWN = 50


def _language_choices(post: Post) -> list[tuple[str, str]]:
    """The languages that an author may choose from, always including the detected one."""
    names = dict(LANGUAGE_NAMES)
    if post.language:
        names.setdefault(post.language, language_name(post.language))
    return [("", _("Not specified")), *names.items()]


def _back(post_id: int) -> str | None:
    """The page with the button, unless it was one of the post's own pages."""
    return elsewhere(post_id, safe_path(request.form.get("next")))


@bp.get("/post/<int:post_id>")
@readable
@kept_for_visitors
def post(post_id: int) -> ResponseReturnValue:
    language = request.args.get("translation")
    person, rows = viewer(), Post.alone_for(post_id, viewer())
    if person is not None:
        rows = rows.options(with_expression(Post.is_open_to_viewer, Post.reply_clause(person)))
    post = db.session.scalar(rows)
    if post is None:
        return _deleted(post_id)
    if language is not None and not is_language(language):
        abort(404)
    # Only cached translations: reading a page must not call another server.
    is_requested = language is not None and may_translate(viewer(), post, language)
    translation = translations.cached(post, str(language)) if is_requested else None
    return render_template(
        "posts/post.html",
        post=post,
        translation=translation,
        translation_language=language,
        form=reply_form(post) if may_write(person) and post.is_open_to_viewer else None,
        **_thread(post.id, post.reply_to_id, post.root_id),
    )


def _thread(post_id: int, parent_id: int | None, root_id: int | None) -> dict[str, Any]:
    """What the page of a post shows above and below it."""
    size, after = int(current_app.config["POSTS_PER_PAGE"]), number_argument("after")
    place, is_end = threads.Location(post_id, parent_id, root_id), "hidden" in request.args
    cursor = Cursor(size + 1, after=after)
    thread = threads.around(place, viewer(), cursor, only_folded=is_end)
    replies, folded_max = thread.replies[:size], size if is_end else threads.FOLDED_MAX
    # They stand at the end.
    folded = thread.folded[:folded_max] if len(thread.replies) <= size else []
    shown = {
        "replies": replies,
        "more": _more(post_id, replies, thread.replies),
        "folded": folded,
        "more_folded": _more(post_id, folded, thread.folded, hidden=1) if folded else None,
        "folded_by": _first_author(thread, root_id),
        "is_end": is_end,
        "is_continued": after is not None,
    }
    return {"thread": thread, "root_id": root_id, **shown}


def _more(
    post_id: int, shown: Sequence[Reply], read: Sequence[Reply], hidden: int | None = None
) -> str | None:
    """Where a list goes on of which more was read than is shown."""
    if len(shown) == len(read):
        return None
    return url_for("main.post", post_id=post_id, hidden=hidden, after=shown[-1].post.id)


def _first_author(thread: Thread, root_id: int | None) -> User | None:
    """Who began the thread, if they stand above the post."""
    above = (place.post for place in thread.above.places)
    return next((post.author for post in above if post and post.id == root_id), None)


def _deleted(post_id: int) -> ResponseReturnValue:
    """For its author, a way to undo it; for others its replies, if there are any."""
    post, is_gone, has_replies = posts.unreadable(post_id, viewer())
    if post is not None and post.deleted_at is not None and may_edit(viewer(), post):
        kept_days = posts.PURGE_AFTER.days
        return render_template("posts/deleted.html", post=post, kept_days=kept_days), 410
    if is_gone or not has_replies:
        abort(410 if is_gone else 404)
    parent_id, root_id = (post.reply_to_id, post.root_id) if post is not None else (None, None)
    return render_template("posts/gone.html", **_thread(post_id, parent_id, root_id)), 410


@bp.get("/settings/deleted")
def deleted_posts() -> ResponseReturnValue:
    page = page_of_posts(Post.deleted_by(member()))
    return render_template(
        "posts/recently_deleted.html", page=page, kept_days=posts.PURGE_AFTER.days
    )


@bp.get("/post/<int:post_id>/history")
@readable
def post_history(post_id: int) -> ResponseReturnValue:
    post = post_or_404(post_id)
    revisions = db.session.scalars(PostRevision.history_of(post).limit(VERSIONS_SHOWN)).all()
    return render_template("posts/history.html", post=post, revisions=revisions)


@bp.route("/post/<int:post_id>/edit", methods=["GET", "POST"])
@resumable
@verified
@defers_write_lock
@limited("edit", per_person("60/10 minutes"))
def edit_post(post_id: int) -> ResponseReturnValue:
    post = own_post_or_404(post_id)
    form = EditPostForm(
        post=post.body,
        title=post.title,
        language=post.language or "",
        visibility=post.visibility,
        content_note=post.content_note,
    )
    form.language.choices = _language_choices(post)
    limit(form.visibility, visibilities.below(post))
    if form.validate_on_submit():
        language, title = form.language.data or None, form.title.data or ""
        # Where moderators require a note, nobody is asked for another one.
        note = form.content_note.data if form.content_note.raw_data else post.content_note
        new = compose_in(language, form.post.data, title=title, note=note)
        restart_for_write()
        # What they wrote stays in its field, also if they let fewer people see it meanwhile.
        with form.errors_under(form.visibility, WiderVisibilityError):
            posts.edit(own_post_or_404(post_id), new, visibility=form.visibility.data)
            db.session.commit()
            flash(_("Changes saved."))
            return redirect(url_for("main.post", post_id=post_id))
    html = render_template("posts/edit.html", post=own_post_or_404(post_id), form=form)
    return html, form.status


@bp.post("/post/<int:post_id>/delete")
def delete_post(post_id: int) -> ResponseReturnValue:
    post = own_post_or_404(post_id)
    posts.delete(post)
    db.session.commit()
    flash(_("Post deleted."), "undo:" + url_for("main.restore_post", post_id=post_id))
    return redirect(_back(post_id) or url_for("main.user", username=member().username))


@bp.post("/post/<int:post_id>/restore")
def restore_post(post_id: int) -> ResponseReturnValue:
    post = db.first_or_404(Post.deleted_by(member()).where(Post.id == post_id))
    posts.restore(post)
    db.session.commit()
    flash(_("Post restored."))
    return redirect(_back(post_id) or url_for("main.post", post_id=post_id))
