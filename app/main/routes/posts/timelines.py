"""Lists of posts: home, explore, a tag, and the front page for visitors."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.extensions import db
from app.lib.html import tag_key
from app.main.blueprint import bp
from app.main.forms.posts import PostForm
from app.models import Post, User
from app.models.posts.post import TAG_MAX
from app.models.posts.timeline import home_of
from app.services.posts import posts
from app.web.access import readable, to_sign_in, verified
from app.web.paging import Page, page_of
from app.web.rate_limits.rules import limited, per_person


def viewer() -> User | None:
    """Who is looking, as the models want to know it."""
    return member() if current_user.is_authenticated else None


def member() -> User:
    """Who is looking, where only members get."""
    person: User = current_user._get_current_object()
    return person


def page_of_posts(select: sa.Select[Post]) -> Page[Post]:
    """The page of a list of posts that the query asks for."""
    return page_of(partial(posts.some, select), key=lambda post: post.id)


@bp.route("/", methods=["GET", "POST"])
@readable
def front() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return index()
    if request.method == "POST":
        return to_sign_in()
    return render_template("posts/front.html", page=page_of_posts(Post.visible_to(None)))


@bp.route("/index", methods=["GET", "POST"])
@limited("post", per_person("30/10 minutes"))
def index() -> ResponseReturnValue:
    form = PostForm()
    if request.method == "POST":
        return _publish(form)
    return render_template("posts/home.html", form=form, page=_home())


@verified
def _publish(form: PostForm) -> ResponseReturnValue:
    if not form.validate():
        return render_template("posts/home.html", form=form, page=_home()), form.status
    posts.publish(
        member(), form.post.data, title=form.title.data or "", form_key=form.form_key.data or None
    )
    db.session.commit()
    flash(_("Your post is live."))
    return redirect(url_for("main.index"))


def _home() -> Page[Post]:
    return page_of(partial(home_of, member()), key=lambda post: post.id)


@bp.get("/explore")
@readable
def explore() -> ResponseReturnValue:
    page = page_of_posts(Post.visible_to(viewer()).where(Post.visibility == "public"))
    return render_template("posts/explore.html", page=page)


@bp.get("/tag/<name>")
@readable
def tag(name: str) -> ResponseReturnValue:
    key = tag_key(name)
    if not key or len(key) > TAG_MAX:
        abort(404)
    if key != name:
        return redirect(url_for("main.tag", name=key), 301)
    return render_template(
        "posts/tag.html", tag=key, page=page_of_posts(Post.tagged(key, viewer()))
    )
