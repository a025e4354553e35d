"""The menu of a post: what there is to do with it, for its author and for others."""

from __future__ import annotations

from app import db
from app.services.posts import posts
from app.services.posts.composition import compose_in
from tests.support.factories import make_post
from tests.support.pages import get_page, log_in, send, visitor
from tests.support.roles import make_role


def entries(page):
    """What the menu offers."""
    found = [*page.all("a"), *page.all("button")]
    names = {"".join(entry.itertext()).strip() for entry in found}
    known = {"Link to this post", "Earlier versions", "Edit", "Delete", "Filter this…"}
    known.add("Mute, block, report…")
    return names & known


def test_authors_change_and_others_protect_themselves(client, ana, ben):
    own, other = make_post(ana), make_post(ben)
    log_in(client, ana)
    menu = get_page(client, f"/post/{own.id}/menu")
    assert entries(menu) == {"Link to this post", "Edit", "Delete"}
    menu = get_page(client, f"/post/{other.id}/menu")
    assert entries(menu) == {"Link to this post", "Filter this…", "Mute, block, report…"}
    assert menu.all("a", href=f"/settings/filters/new?post={other.id}")


def test_an_edited_post_has_earlier_versions(client, ana, ben):
    post = make_post(ben)
    posts.edit(post, compose_in("en", "Better"))
    db.session.commit()
    log_in(client, ana)
    assert "Earlier versions" in entries(get_page(client, f"/post/{post.id}/menu"))
    # In a list too, also for visitors, whom no menu is offered.
    page = get_page(visitor(client.application), "/explore")
    assert page.all("a", href=f"/post/{post.id}/history")
    assert not page.all("a", class_="act-more")


def test_a_fragment_is_only_the_list(client, ana):
    post = make_post(ana)
    log_in(client, ana)
    fragment = client.get(f"/post/{post.id}/menu?as=fragment").text
    assert fragment.strip().startswith("<ul") and fragment.strip().endswith("</ul>")


def test_from_its_own_pages_a_menu_leads_back_to_the_post(client, ana):
    post = make_post(ana)
    log_in(client, ana)
    menu = f"/post/{post.id}/menu"
    for page, back in (
        ("/explore?before=900", "/explore?before=900"),
        (menu, f"/post/{post.id}"),
        (f"/post/{post.id}/reply", f"/post/{post.id}"),
    ):
        came_from = {"Referer": f"http://localhost{page}"}
        found = get_page(client, menu, headers=came_from)
        assert found.fields(f"/post/{post.id}/delete")["next"] == back
    # What is deleted has no other pages either.
    answer = send(client, menu, f"/post/{post.id}/delete", next=f"/post/{post.id}/history")
    assert answer.location == "/user/ana"


def test_whoever_may_not_write_still_has_the_menu_and_bookmarks(client, ana):
    """Such as to take back what they wrote before."""
    own = make_post(ana)
    ana.role_id = make_role("Readers", "report").id
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, "/explore")
    assert page.all("a", class_="act-more") and page.all("button", class_="act-keep")
    assert not page.all("a", class_="act-reply")
    assert {"Edit", "Delete"} <= entries(get_page(client, f"/post/{own.id}/menu"))
