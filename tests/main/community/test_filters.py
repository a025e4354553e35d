"""Filters through the pages: the list and the form, and what folds where."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from app import db
from app.lib.dates import utcnow
from app.lib.word_filters import Word
from app.models import Filter, User
from app.models.community.filter import CONTEXTS
from app.services.community import filters, mutes
from app.services.community.filters import Definition
from app.services.posts import bookmarks, likes, pins
from tests.support.factories import make_filter, make_follow, make_post
from tests.support.pages import check_page, get_page, log_in, send

ALL = list(CONTEXTS)
LIST, NEW = "/settings/filters", "/settings/filters/new"


def change(person: User, mine: Filter, *words: str, contexts=CONTEXTS, action="warn") -> None:
    definition = Definition([Word(word, is_whole=True) for word in words], contexts, action)
    filters.change(person, mine.id, lambda _: definition)
    db.session.commit()
    filters.matching(person, ())


def own(person: User) -> list[Filter]:
    return filters.page(person)


def folds(page) -> list[str]:
    """The line of each folded post, and that the post is in it."""
    found = page.all("details", class_="fold")
    for fold in found:
        assert list(fold.iter("article")), "nothing is folded"
    lines = ["".join(fold.find("summary").itertext()) for fold in found]
    return [line.replace("ShowHide", "").replace("Show", "").strip() for line in lines]


def test_a_filter_is_added_changed_deleted_and_taken_back(client, ana):
    log_in(client, ana)
    assert "No filters yet" in get_page(client, LIST).text
    answer = send(client, NEW, words="Bread\n\n #cake \nBread", parts="flour", contexts=ALL)
    assert answer.location == LIST
    page = get_page(client, LIST)
    assert "Filter saved." in page.text and "Filtered words · 1" in page.text
    assert "flour · Bread · #cake Everywhere" in page.text
    (mine,) = own(ana)
    words = {one.keyword: one.whole_word for one in mine.keywords}
    assert words == {"Bread": True, "#cake": True, "flour": False}
    assert (mine.title, mine.action, mine.expires_at) == (None, "warn", None)

    edit = f"{LIST}/{mine.id}"
    fields = get_page(client, edit).fields(edit)
    assert fields["words"] == "Bread\n#cake" and fields["parts"] == "flour"
    changes = {"words": "bread", "parts": "", "title": " Carbs ", "days": "7", "effect": "hide"}
    assert send(client, edit, **changes, contexts=["home", "public"]).location == LIST
    page = get_page(client, LIST)
    assert (
        "Carbs bread Home, likes, and bookmarks · Explore, tags, and search · Left out" in page.text
    )
    assert "Until" in page.text

    delete, restore = f"{edit}/delete", f"{edit}/restore"
    assert client.post(delete, data=page.fields(delete)).location == LIST
    page = get_page(client, LIST)
    assert "Filter deleted." in page.text and "No filters yet" in page.text
    assert client.post(restore, data=page.fields(restore)).location == LIST
    assert "Carbs" in get_page(client, LIST).text
    assert client.post(restore, data=page.fields(restore)).status_code == 404


def test_an_end_is_kept_prolonged_and_reached(client, ana):
    log_in(client, ana)
    send(client, NEW, words="bread", days="1", contexts=ALL)
    (mine,) = own(ana)
    edit, end = f"{LIST}/{mine.id}", mine.expires_at
    assert timedelta(hours=23) < end - utcnow() <= timedelta(days=1)
    send(client, edit, title="Carbs", contexts=ALL)
    assert own(ana)[0].expires_at == end
    with time_machine.travel(end + timedelta(hours=1)):
        log_in(client, ana)
        assert "Ended on" in get_page(client, LIST).text
        assert "Ended on" in get_page(client, edit).text
        send(client, edit, days="30", contexts=ALL)
        assert own(ana)[0].expires_at > utcnow() + timedelta(days=29)
    send(client, edit, days="0", contexts=ALL)
    assert own(ana)[0].expires_at is None


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"words": "", "parts": " \n "}, "Please fill this in."),
        ({"words": "…"}, "“…” has no letter, digit, or emoji to look for."),
        ({"parts": "ok\n!!"}, "“!!” has no letter, digit, or emoji to look for."),
        ({"words": "x" * 101}, "“xxxxxxxxxxxxxxxxxxxx…”: This is 1 character too long."),
        ({"words": "\n".join(map(str, range(21)))}, "A filter can have 20 lines."),
        ({"words": "a\n" * 30 + "\n".join("bcdefghijklmnopqrstu"), "parts": "v"}, "20 lines."),
        ({"contexts": []}, "Choose at least one."),
        ({"contexts": ["elsewhere"]}, "Choose at least one."),
        ({"title": "x" * 101}, "This is 1 character too long."),
        ({"effect": "burn"}, "Not a valid choice"),
        ({"days": "9000"}, "Not a valid choice"),
        ({"days": "-1"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_in_place(client, ana, values, message):
    log_in(client, ana)
    answer = send(client, NEW, **{"words": "bread", "contexts": ALL} | values)
    assert answer.status_code == 422
    assert message in check_page(answer).text
    assert not own(ana)


def test_a_filter_begins_with_a_post_and_its_first_tag(client, ana, ben):
    tagged = make_post(ben, "Fresh **bread**! #Toast #butter")
    log_in(client, ana)
    url = f"{NEW}?post={tagged.id}"
    page = get_page(client, url)
    assert "Ben Ortega wrote: Fresh bread! #Toast #butter" in page.text
    assert page.fields(url)["words"] == "#toast"
    # What cannot be is told beside the post, too.
    assert "Ben Ortega wrote:" in check_page(send(client, url, url, words="", contexts=ALL)).text
    assert send(client, url, url, words="#butter", contexts=ALL).location == LIST
    assert [one.keyword for one in own(ana)[0].keywords] == ["#butter"]
    noted = make_post(ben, "The butler did it", content_note="The end")
    page = get_page(client, f"{NEW}?post={noted.id}")
    assert "The end" in page.text and "butler" not in page.text
    assert page.fields(f"{NEW}?post={noted.id}")["words"] == ""


def test_a_post_that_one_may_not_read_is_not_shown_beside_a_filter(client, ana, ben):
    post = make_post(ben, "Secret #bread", visibility="followers")
    log_in(client, ana)
    for post_id in (post.id, 10**15):
        page = get_page(client, f"{NEW}?post={post_id}")
        assert "wrote" not in page.text and page.fields(NEW)["words"] == ""
    assert client.get(f"{NEW}?post=x").status_code == 404


def test_nobody_reaches_the_filters_of_others(client, ana, ben):
    mine = make_filter(ana, "bread")
    log_in(client, ben)
    get_page(client, f"{LIST}/{mine.id}", status=404)
    token = get_page(client, NEW).fields(NEW)
    for act in ("", "/delete", "/restore"):
        assert client.post(f"{LIST}/{mine.id}{act}", data=token).status_code == 404
    assert "bread" not in get_page(client, LIST).text


def test_a_hundred_are_the_most(client, ana, monkeypatch):
    monkeypatch.setattr(filters, "FILTERS_MAX", 2)
    log_in(client, ana)
    page = get_page(client, NEW)
    for number in range(2):
        mine = make_filter(ana, f"word{number}")
    fields = page.fields(NEW) | {"words": "bread", "contexts": list(CONTEXTS)}
    assert client.post(NEW, data=fields).location == LIST
    page = get_page(client, LIST)
    assert "You have as many filters as you can have." in page.text
    assert not page.all("a", href=NEW)
    filters.delete(ana, mine.id)
    make_filter(ana, "cake")
    assert client.post(f"{LIST}/{mine.id}/restore", data=fields).location == LIST
    assert len(own(ana)) == 2


SURFACES = {
    "/index": "home",
    "/likes": "home",
    "/bookmarks": "home",
    "/explore": "public",
    "/tag/food": "public",
    "/search?q=toast": "public",
    "/search?q=toast&sort=best": "public",
    "/user/ben": "account",
    "/user/ben/replies": "account",
    "/post/{root}": "thread",
}


def write_everywhere(ana: User, ben: User) -> dict[str, int]:
    """A post on each of SURFACES, with bread and toast."""
    make_follow(ana, ben)
    root = make_post(ana, "Who bakes?")
    post = make_post(ben, "Bread makes toast. #food", reply_to=root)
    first = make_post(ben, "More bread and toast! #food")
    pins.pin(ben, make_post(ben, "Pinned bread"))
    for one in (post, first):
        likes.like(ana, one)
        bookmarks.bookmark(ana, one)
    db.session.commit()
    return {"root": root.id}


@pytest.mark.parametrize("url", SURFACES)
def test_a_match_folds_where_the_filter_applies_and_nowhere_else(client, ana, ben, url):
    ids, context = write_everywhere(ana, ben), SURFACES[url]
    mine = make_filter(ana, "bread", contexts=[context])
    log_in(client, ana)
    page = get_page(client, url.format(**ids))
    assert "Filtered: bread" in folds(page) and "toast" in page.text
    assert len(page.all("details", class_="fold")) == len(
        [one for one in page.all("article") if "read" in "".join(one.itertext()).lower()]
    )
    change(ana, mine, "bread", contexts=set(CONTEXTS) - {context})
    assert not folds(get_page(client, url.format(**ids)))
    # Others see nothing of it.
    log_in(client, ben)
    change(ana, mine, "bread")
    assert not folds(get_page(client, "/explore"))


@pytest.mark.parametrize("url", SURFACES)
def test_a_match_is_left_out_if_asked(client, ana, ben, url):
    ids, context = write_everywhere(ana, ben), SURFACES[url]
    make_filter(ana, "bread", contexts=[context], action="hide")
    log_in(client, ana)
    page = get_page(client, url.format(**ids))
    articles = ["".join(one.itertext()) for one in page.all("article")]
    assert not folds(page) and not [text for text in articles if "read" in text]
    if url not in ("/index", "/explore", "/post/{root}"):
        assert "Your filters leave out every post on this page." in page.text


def test_own_posts_and_the_post_of_a_page_stay_open(client, ana, ben):
    make_post(ana, "My bread")
    post = make_post(ben, "Bread of Ben")
    make_filter(ana, "bread", action="hide")
    log_in(client, ana)
    for url in ("/index", "/user/ana", "/explore"):
        page = get_page(client, url)
        assert "My bread" in page.text and not folds(page)
    for path in ("", "/menu"):
        page = get_page(client, f"/post/{post.id}{path}")
        assert "Bread of Ben" in page.text and not folds(page)


def test_in_threads_the_chain_folds_and_replies_go_with_those_to_them(client, ana, ben):
    top = make_post(ben, "Bread on top")
    middle = make_post(ana, "In between", reply_to=top)
    left_out = make_post(ben, "More bread", reply_to=middle)
    make_post(ana, "To what is left out", reply_to=left_out)
    answer = make_post(ben, "Fine", reply_to=middle)
    make_post(ben, "Inner bread", reply_to=answer)
    make_filter(ana, "bread", action="hide")
    log_in(client, ana)
    page = get_page(client, f"/post/{middle.id}")
    assert folds(page) == ["Filtered: bread"]
    assert "Bread on top" in page.text and "Fine" in page.text
    for words in ("More bread", "To what is left out", "Inner bread"):
        assert words not in page.text
    assert not [item for item in page.all("li") if not "".join(item.itertext()).strip()]


def test_muted_people_are_folded_once(client, ana, ben):
    root = make_post(ana, "Who bakes?")
    make_post(ben, "Bread", reply_to=root)
    mutes.mute(ana, ben)
    make_filter(ana, "bread")
    log_in(client, ana)
    assert folds(get_page(client, f"/post/{root.id}")) == ["You muted Ben Ortega"]


def test_notifications_tell_why_instead_of_the_words(client, ana, ben):
    root = make_post(ana, "Who bakes bread?")
    make_post(ben, "I bake bread, @ana", reply_to=root)
    make_post(ben, "@ana: cake?")
    likes.like(ben, root)
    mine = make_filter(ana, "bread", contexts=["notifications"])
    log_in(client, ana)
    page = get_page(client, "/notifications/all")
    assert "Ben Ortega replied to you (new) Filtered: bread" in page.text
    assert "I bake bread" not in page.text and "cake?" in page.text
    # It is about what she wrote herself.
    assert "liked your post (new) Who bakes bread?" in page.text
    change(ana, mine, "bread", contexts=["notifications"], action="hide")
    page = get_page(client, "/notifications/all")
    assert "replied to you" not in page.text and "cake?" in page.text
    page = get_page(client, "/notifications/all/replies")
    assert "Your filters leave out everything on this page." in page.text


def test_why_it_is_filtered_is_told_as_its_owner_wrote_it(client, ana, ben):
    make_post(ben, "<b>Bread</b> & CAFÉ with #Cake 面包")
    make_filter(ana, "<b>", "cafe", "#cake", "面包", "tea")
    make_filter(ana, "bread", title="<i>Carbs</i>")
    log_in(client, ana)
    page = get_page(client, "/explore")
    assert folds(page) == ["Filtered: <b>, cafe, #cake, 面包, <i>Carbs</i>"]


def test_people_without_filters_get_the_same_page_for_the_same_statements(client, ana, ben):
    for number in range(25):
        make_post(ben, f"Bread {number}")
    log_in(client, ana)
    get_page(client, "/explore")
    before = get_page(client, "/explore")
    mine = make_filter(ana, "cake")
    get_page(client, "/explore")
    other = get_page(client, "/explore")
    filters.delete(ana, mine.id)
    after = get_page(client, "/explore")
    assert len(before.statements) == len(other.statements) == len(after.statements)
    assert len(before.response.data) == len(other.response.data) == len(after.response.data)


def test_a_page_of_folded_posts_stays_small(client, ana, ben):
    for number in range(25):
        make_post(ben, f"Bread {number} " + "and butter " * 20)
    log_in(client, ana)
    make_filter(ana, "bread")
    page = get_page(client, "/explore")
    assert len(folds(page)) == 25


def test_erasing_an_account_takes_its_filters(client, ana, ben):
    make_filter(ana, "bread")
    make_filter(ben, "bread")
    db.session.execute(sa.delete(User).where(User.id == ana.id))
    db.session.commit()
    assert [row.user_id for row in db.session.scalars(sa.select(Filter))] == [ben.id]
