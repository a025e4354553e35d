"""Content notes that moderators require, and what follows for the author."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from app import db
from app.lib.dates import utcnow
from app.models import AuditEntry, Decision, Post
from app.services.moderation import enforcement
from tests.support.factories import make_post, make_user
from tests.support.mailbox import read, waiting
from tests.support.moderation import decide, make_report
from tests.support.pages import get_page, log_in, send, visitor

NOTE, WORDS = "blood", "How I lost a finger."


@pytest.fixture
def mia(client):
    person = make_user("mia", role="moderator")
    log_in(client, person)
    return person


@pytest.fixture
def post(ben) -> Post:
    return make_post(ben, WORDS, content_note="a story")


def act(client, case, **values: str):
    url = f"/moderation/report/{case.id}"
    data = get_page(client, url).fields(f"{url}/decide") | {"action": "require_note"}
    return client.post(f"{url}/decide", data=data | values)


def note_of(post: Post) -> str | None:
    db.session.expire_all()
    return post.note


def summary(client, post: Post) -> str:
    (fold,) = get_page(client, f"/post/{post.id}").all("details", class_="fold")
    return "".join(fold.find("summary").itertext())


def test_a_note_is_required_and_its_author_cannot_remove_it(client, app, mia, ana, ben, post):
    case = make_report(ana, ben, "", post)
    assert (
        act(client, case, note=f" {NOTE} ", rule="1", days="0", words="Please.").status_code == 302
    )
    decision = db.session.query(Decision).one()
    assert (decision.action, decision.until) == ("require_note", None)
    assert NOTE in summary(visitor(app), post)
    entry = db.session.query(AuditEntry).filter_by(action="require_note").one()
    assert entry.person_id == ben.id
    log_in(client, ben)
    assert "Content note by moderators: see why" in get_page(client, f"/post/{post.id}").text
    page = get_page(client, f"/post/{post.id}/edit")
    assert page.all("input", name="content_note") == []
    assert "Moderators put a content note on this post, which you can't remove: blood" in page.text
    send(client, f"/post/{post.id}/edit", post="How I lost two fingers.")
    # Nor with a form from before, or one of their own making.
    send(client, f"/post/{post.id}/edit", content_note="")
    assert note_of(post) == NOTE
    assert post.content_note is None
    assert "Moderators put a content note on some of your posts" in (
        get_page(client, "/notifications/all").text
    )
    page = get_page(client, f"/appeal/{decision.id}")
    assert "The posts below fold away behind it. You can't remove it." in page.text
    assert "How I lost two fingers." in page.text
    mail = read(waiting("decision")[0])
    assert "which you can't remove: blood" in mail
    assert "Please." in mail


def test_editing_the_words_keeps_the_authors_own_note(client, app, mia, ana, ben, post):
    act(client, make_report(ana, ben, "", post), note=NOTE)
    log_in(client, ben)
    send(client, f"/post/{post.id}/edit", post="Other words.")
    db.session.expire_all()
    assert (post.body, post.content_note, post.note) == ("Other words.", "a story", NOTE)


@pytest.mark.parametrize("verb", ["undo", "lift"])
def test_the_authors_own_note_comes_back(client, mia, ana, ben, post, verb):
    case = make_report(ana, ben, "", post)
    act(client, case, note=NOTE)
    decision = db.session.query(Decision).one()
    assert decision.until is not None
    url = f"/moderation/report/{case.id}"
    assert send(client, url, f"/moderation/decision/{decision.id}/{verb}").status_code == 302
    assert note_of(post) == "a story"
    history = get_page(client, url).text
    assert ("Content note required" in history) is (verb == "lift")


def test_it_ends_by_itself(client, mia, ana, ben, post):
    act(client, make_report(ana, ben, "", post), note=NOTE, days="7")
    assert enforcement.end_expired() == 0
    with time_machine.travel(utcnow() + timedelta(days=7, seconds=1)):
        assert enforcement.end_expired() == 1
        assert enforcement.end_expired() == 0
    db.session.commit()
    assert note_of(post) == "a story"


def test_a_note_must_be_written_and_posts_reported(client, mia, ana, ben, post):
    case = make_report(ana, ben, "", post)
    for note, message in (("", "Please write what"), ("x" * 101, "too long")):
        response = act(client, case, note=note, words="Kept words")
        assert response.status_code == 422
        assert message in response.text and "Kept words" in response.text
    assert note_of(post) == "a story"
    other = make_report(ana, make_user("dora"))
    page = get_page(client, f"/moderation/report/{other.id}")
    assert page.all("input", name="note") == []
    assert "require_note" not in [one.get("value") for one in page.all("input", name="action")]


def test_it_covers_what_the_post_said_before(client, app, mia, ana, ben):
    post = make_post(ben, WORDS)
    log_in(client, ben)
    send(client, f"/post/{post.id}/edit", post="Never mind.")
    decide(ben, "require_note", post_ids=[post.id], note=NOTE)
    (fold,) = get_page(visitor(app), f"/post/{post.id}/history").all("details", class_="fold")
    assert NOTE in "".join(fold.find("summary").itertext())


def test_it_stands_in_the_public_log_like_any_other(client, mia, ana, ben, post):
    with time_machine.travel(utcnow() - timedelta(days=10)):
        decide(ben, "require_note", post_ids=[post.id], note=NOTE)
    assert "Content note required" in get_page(client, "/about/moderation").text
