"""Cards that are kept: never what a reader may not see, never what is no longer so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import meta

from app import db
from app.lib.dates import utcnow
from app.models import User
from app.services.accounts import accounts
from app.services.moderation import decisions
from app.services.posts import posts
from app.services.posts.composition import compose
from app.services.site.audit import COMMAND_LINE
from app.web import cards
from tests.support.factories import make_follow, make_post
from tests.support.moderation import decide
from tests.support.pages import Page, get_page, log_in

# What the templates of a card may read besides the post. Each is a part of the key of the card, or
# the same on every page.
READ_BY_CARDS = {"_", "current_user", "is_translatable", "moment", "url_for"}
SPANISH = {"Accept-Language": "es"}


def card(page: Page, post_id: int) -> str:
    """The words on the card of a post."""
    article = page.all("article", id=f"post-{post_id}")[0]
    return " ".join("".join(article.itertext()).split())


def addresses(page: Page, post_id: int) -> set[str]:
    """Where the links and buttons of the card of a post lead."""
    article = page.all("article", id=f"post-{post_id}")[0]
    found = (e.get("href") or e.get("formaction") or e.get("src") for e in article.iter())
    return {address for address in found if address}


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the posts whose cards were rendered, each time that one was."""
    ids: list[int] = []
    render = cards._render

    def note(post: Any, *rest: Any) -> Any:
        ids.append(post.id)
        return render(post, *rest)

    monkeypatch.setattr(cards, "_render", note)
    return ids


def test_a_card_that_is_needed_again_is_not_rendered_again(
    app: Flask, client: FlaskClient, ana: User, ben: User, rendered: list[int]
) -> None:
    ids = [make_post(ben, f"Post {number}").id for number in range(3)]
    make_follow(ana, ben)
    first = get_page(client, "/explore")
    assert sorted(rendered) == ids
    again = get_page(client, "/explore")
    get_page(client, "/")
    get_page(app.test_client(), "/user/ben")
    assert sorted(rendered) == ids
    assert [card(again, i) for i in ids] == [card(first, i) for i in ids]


def test_each_reader_has_their_own_buttons(app: Flask, ana: User, ben: User) -> None:
    post = make_post(ana, "Hello everybody, the garden is open again on Sunday.")
    reply, menu = f"/post/{post.id}/reply", f"/post/{post.id}/menu"
    author, stranger, visitor = (app.test_client() for _ in range(3))
    log_in(author, ana)
    log_in(stranger, ben)
    for _ in range(2):
        for reader in (author, stranger):
            assert {reply, menu} <= addresses(get_page(reader, "/explore"), post.id)
        assert not {reply, menu} & addresses(get_page(visitor, "/explore"), post.id)


def test_a_card_is_in_the_language_and_the_time_zone_of_its_reader(
    app: Flask, ana: User, ben: User
) -> None:
    post = make_post(ana, "Hello", created_at=utcnow() - timedelta(days=2, hours=1))
    ana.time_zone, ben.time_zone = "Pacific/Auckland", "America/Lima"
    ana.language, ben.language = "zh", "es"
    db.session.commit()
    in_auckland, in_lima, visitor = (app.test_client() for _ in range(3))
    log_in(in_auckland, ana)
    log_in(in_lima, ben)
    titles = set()
    for _ in range(2):
        assert "2 days ago" in card(get_page(visitor, "/explore"), post.id)
        assert "hace 2 días" in card(get_page(visitor, "/explore", headers=SPANISH), post.id)
        assert "2天前" in card(get_page(in_auckland, "/explore"), post.id)
        assert "hace 2 días" in card(get_page(in_lima, "/explore"), post.id)
        pages = [get_page(reader, "/explore") for reader in (in_auckland, in_lima)]
        pages.append(get_page(visitor, "/explore", headers=SPANISH))
        titles |= {page.all("time")[0].get("title") for page in pages}
    assert len(titles) == 3


def test_a_card_gets_older(client: FlaskClient, ana: User) -> None:
    post = make_post(ana)
    for age, words in (
        (timedelta(0), "just now"),
        (timedelta(minutes=3, seconds=50), "3 minutes ago"),
        (timedelta(minutes=4, seconds=1), "4 minutes ago"),
        (timedelta(days=6, hours=23), "6 days ago"),
    ):
        post.created_at = utcnow() - age
        db.session.commit()
        assert words in card(get_page(client, "/explore"), post.id)


def test_what_changes_is_seen_at_once(client: FlaskClient, ana: User) -> None:
    post = make_post(ana, "First words")
    assert "First words" in card(get_page(client, "/explore"), post.id)
    posts.edit(post, compose("Second words"))
    db.session.commit()
    shown = card(get_page(client, "/explore"), post.id)
    assert "Second words" in shown
    assert "edited" in shown
    assert "First words" not in shown

    ana.display_name = "Ana the Gardener"
    db.session.commit()
    assert "Ana the Gardener" in card(get_page(client, "/explore"), post.id)

    accounts.rename(ana, "ana_duarte")
    db.session.commit()
    page = get_page(client, "/explore")
    assert "@ana_duarte" in card(page, post.id)
    assert all("/user/ana/" not in address for address in addresses(page, post.id))


def test_a_corrected_language_is_seen_at_once(client: FlaskClient, ana: User) -> None:
    post = make_post(ana, "Hola")
    for language in ("es", "en"):
        posts.edit(post, replace(compose("Hola"), language=language))
        db.session.commit()
        assert get_page(client, "/explore").all("div", class_="prose")[0].get("lang") == language


def test_what_is_gone_is_gone(client: FlaskClient, ana: User, ben: User) -> None:
    deleted = make_post(ana, "Deleted")
    make_post(ben, "Closed")
    assert len(get_page(client, "/explore").all("article")) == 2
    posts.delete(deleted)
    ben.closed_at = utcnow()
    db.session.commit()
    assert not get_page(client, "/explore").all("article")
    posts.restore(deleted)
    ben.closed_at = None
    db.session.commit()
    assert len(get_page(client, "/explore").all("article")) == 2


def test_what_was_looked_for_is_marked_in_no_other_list(client: FlaskClient, ana: User) -> None:
    post = make_post(ana, "The garden is open")
    log_in(client, ana)
    get_page(client, "/explore")
    assert [mark.text for mark in get_page(client, "/search?q=garden").all("mark")] == ["garden"]
    assert not get_page(client, "/explore").all("mark")
    assert "garden" in card(get_page(client, "/explore"), post.id)


def test_what_is_kept_has_a_limit(app: Flask, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "KEPT_CHARACTERS_MAX", 5_000)
    kept = cards.Cards()
    written = [make_post(ana, f"Post {number}") for number in range(12)]
    for post in written:
        post.author = ana
    with app.test_request_context("/explore"):
        assert len(set(kept.of(written))) == 12
    assert 0 < kept._kept.size <= 5_000


def test_a_card_reads_nothing_that_its_key_lacks(app: Flask) -> None:
    names, files = set(), ["components/post_card.html"]
    env = app.jinja_env
    for file in files:
        tree = env.parse(env.loader.get_source(env, file)[0])
        names |= meta.find_undeclared_variables(tree) - {"excerpt"}
        files += [name for name in meta.find_referenced_templates(tree) if name not in files]
    assert names <= READ_BY_CARDS


def test_a_note_that_moderators_require_is_on_the_card_at_once_and_off_it(
    client: FlaskClient, ben: User
) -> None:
    post = make_post(ben, "It was the butler.")
    assert "Content note" not in card(get_page(client, "/explore"), post.id)
    decision = decide(ben, "require_note", post_ids=[post.id], note="a film")
    assert "Content note: a film" in card(get_page(client, "/explore"), post.id)
    decisions.undo(decisions.find(decision.id), COMMAND_LINE)
    db.session.commit()
    assert "Content note" not in card(get_page(client, "/explore"), post.id)
