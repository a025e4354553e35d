"""Lists of posts: home, explore, a tag, and the front page for visitors."""

from __future__ import annotations

from functools import partial

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.database.transactions import defers_write_lock
from app.main.blueprint import bp
from app.main.routes.posts.composers import POSTS, composer_page, post_form, publish, schedule
from app.models import Post
from app.models.posts.entry import Entry
from app.models.posts.timeline import home_of
from app.policies import may_write
from app.services.accounts import directory
from app.services.accounts.first_steps import first_steps_of
from app.services.community import follows, tag_follows
from app.services.errors import ScheduleError
from app.services.posts import markers, posts, tags
from app.services.posts.markers import Place
from app.web.access import redirect_to_login, require_writer
from app.web.paging import Page, number_argument, page_of, page_of_posts
from app.web.rate_limits.new_accounts import hit_new_author
from app.web.rate_limits.rules import limited
from app.web.sessions import current_session
from app.web.tags import tag_or_404
from app.web.unread_counts import home_marker
from app.web.view_options import readable, resumable
from app.web.viewer import member, viewer
from app.web.visitor_pages import kept_for_visitors

# How many people visitors see on the front page.
FACES = 6


@bp.route("/", methods=["GET", "POST"])
@readable
@defers_write_lock
@kept_for_visitors
def front() -> ResponseReturnValue:
    if viewer() is not None:
        return index()
    if request.method == "POST":
        return redirect_to_login()
    page = page_of_posts(Post.explored_by(None))
    people = [] if page.newer else directory.suggestions(None, FACES)
    totals = directory.totals() if people else None
    return render_template("posts/front.html", page=page, people=people, totals=totals)


@bp.route("/index", methods=["GET", "POST"])
@resumable
@defers_write_lock
@limited("post", POSTS)
def index() -> ResponseReturnValue:
    form = post_form()
    if form.is_submitted():
        require_writer()
        if form.validate():
            with form.errors_under(form.publish_on, ScheduleError):
                if publish_at := form.publish_at:
                    return schedule(form, publish_at)
                hit_new_author(member())
                post = publish(form)
                flash(_("Posted."), "view:" + url_for("main.post", post_id=post.id))
                return redirect(url_for("main.index"))
    if form.errors and form.is_whole:
        return composer_page(form, None, None), form.status
    page = page_of(partial(home_of, member()), key=lambda entry: entry.id)
    # Whoever has to confirm their address first can do none of them.
    has_steps = page.newer is None and "after" not in request.args and may_write(member())
    steps = first_steps_of(member()) if has_steps else None
    html = render_template(
        "posts/home.html",
        form=form,
        page=page,
        place=_place_on(page),
        session=current_session(),
        steps=steps,
        circle=follows.Circle(),
    )
    return html, form.status


def _place_on(page: Page[Entry]) -> Place | None:
    """Where the reader stopped reading, None if they have not read yet."""
    marker = home_marker()
    if marker is None or not page.items:
        return None
    before, after = number_argument("before"), number_argument("after")
    return markers.place_on(
        page.items,
        marker,
        before=before,
        after=None if before else after,
        has_newer=page.newer is not None,
        has_older=page.older is not None,
    )


@bp.get("/explore")
@readable
@kept_for_visitors
def explore() -> ResponseReturnValue:
    page = page_of_posts(Post.explored_by(viewer()))
    in_use = [] if page.newer else tags.in_use()
    return render_template("posts/explore.html", page=page, tags=in_use)


@bp.get("/tag/<name>")
@readable
@kept_for_visitors
def tag(name: str) -> ResponseReturnValue:
    key, me = tag_or_404(name), viewer()
    if key != name:
        return redirect(url_for("main.tag", name=key), 301)
    page = page_of(partial(posts.tagged_page, key, me), key=lambda post: post.id)
    is_following = me is not None and tag_follows.is_following(me, key)
    return render_template("posts/tag.html", tag=key, page=page, is_following=is_following)
