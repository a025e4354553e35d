"""Posts that are published later, on pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app import db
from app.lib.dates import utcnow
from app.models import Draft, Notification, Post
from app.services.posts import drafts, schedules
from app.services.posts.drafts import Writing
from tests.support.factories import make_post
from tests.support.pages import check_page, get_page, log_in


@pytest.fixture
def browser(client, ana):
    ana.time_zone = "Europe/Madrid"
    db.session.commit()
    log_in(client, ana)
    return client


def ahead(**time: int) -> datetime:
    return (utcnow() + timedelta(**time)).replace(second=0, microsecond=0)


def chosen(at: datetime) -> dict[str, str]:
    """What the fields hold for this moment, as clocks in Madrid show it in winter or summer."""
    local = at.astimezone(ZoneInfo("Europe/Madrid"))
    return {"publish_on": local.date().isoformat(), "publish_time": local.strftime("%H:%M")}


def send(browser, **values: str):
    return browser.post("/index", data={**get_page(browser, "/write").fields("/index"), **values})


def only() -> Draft:
    return db.session.scalars(db.select(Draft)).one()


def schedule(author, at: datetime, **values) -> Draft:
    row = schedules.schedule(author, "key", Writing("Closed on Friday", **values), at)
    db.session.commit()
    return row


def test_a_post_is_scheduled_changed_and_published_at_once(browser, ana):
    page = get_page(browser, "/write")
    assert "Your time zone: Europe/Madrid." in page.text
    at = ahead(days=2)
    answer = send(browser, post="Closed on Friday", **chosen(at))
    assert answer.location == "/scheduled"
    assert only().publish_at == at and db.session.scalars(db.select(Post)).all() == []
    page = get_page(browser, "/scheduled")
    assert "Scheduled for" in page.text and "Closed on Friday" in page.text
    assert "No drafts yet" in get_page(browser, "/drafts").text

    path = f"/draft/{only().id}"
    page = get_page(browser, path)
    fields = page.fields(f"{path}/publish")
    assert {name: fields[name] for name in chosen(at)} == chosen(at)
    assert "Move to drafts" in page.text and "Save draft" not in page.text
    later = ahead(days=3)
    data = {**fields, "post": "Closed on Saturday", **chosen(later)}
    assert browser.post(f"{path}/publish", data=data).location == "/scheduled"
    assert (only().body, only().publish_at) == ("Closed on Saturday", later)

    data |= {"publish_on": "", "publish_time": ""}
    assert browser.post(f"{path}/publish", data=data).location.startswith("/post/")
    assert db.session.scalars(db.select(Post.body)).all() == ["Closed on Saturday"]
    assert "Nothing scheduled" in get_page(browser, "/scheduled").text


def test_a_reply_and_a_thread_are_scheduled(browser, ben):
    parent = make_post(ben, "When do you close?")
    path = f"/post/{parent.id}/reply"
    fields = get_page(browser, path).fields(path)
    data = {**fields, "post": "On Friday", "more-0": "at noon", **chosen(ahead(days=1))}
    assert browser.post(path, data=data).location == "/scheduled"
    assert (only().reply_to_id, only().texts) == (parent.id, ["On Friday", "at noon"])
    assert "2 posts" in get_page(browser, "/scheduled").text


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"publish_on": "2027-01-01", "publish_time": ""}, "Choose a day and a time."),
        ({"publish_on": "", "publish_time": "10:00"}, "Choose a day and a time."),
        ({"publish_on": "tomorrow", "publish_time": "10:00"}, "Choose a day and a time."),
        ({"publish_on": "9999-12-31", "publish_time": "23:59"}, "Choose a day and a time."),
        ({"publish_on": "2027-01-01", "publish_time": "10:00+03:00"}, "Choose a day and a time."),
        # Madrid skips the hour after two.
        ({"publish_on": "2027-03-28", "publish_time": "02:30"}, "skip this time"),
        (chosen(ahead(minutes=2)), "Choose a time from 5 minutes"),
        (chosen(ahead(days=-3)), "Choose a time from 5 minutes"),
        (chosen(ahead(days=367)), "Choose a time from 5 minutes"),
    ],
)
def test_a_time_that_cannot_be_is_refused_and_nothing_is_lost(browser, ana, values, problem):
    answer = send(browser, post="Closed on Friday", **values)
    page = check_page(answer)
    assert answer.status_code == 422 and problem in page.text
    fields = page.fields("/index")
    assert fields["post"] == "Closed on Friday" and fields["publish_on"] == values["publish_on"]
    assert db.session.scalars(db.select(Draft)).all() == []
    assert db.session.scalars(db.select(Post)).all() == []


def test_a_time_that_comes_twice_is_the_first_one(browser, monkeypatch):
    monkeypatch.setattr(schedules, "utcnow", lambda: datetime(2027, 9, 1, tzinfo=UTC))
    send(browser, post="Early", publish_on="2027-10-31", publish_time="02:30")
    assert only().publish_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert "We'll use the first one." in get_page(browser, "/scheduled").text


def test_a_scheduled_post_is_deleted_restored_and_moved_to_drafts(browser, ana):
    draft = schedule(ana, ahead(days=1))
    path = f"/draft/{draft.id}"
    token = get_page(browser, path).fields(f"{path}/publish")
    browser.post(f"{path}/delete", data=token)
    assert "Nothing scheduled" in get_page(browser, "/scheduled").text
    assert schedules.due() == []
    browser.post(f"{path}/restore", data=token)
    assert "Closed on Friday" in get_page(browser, "/scheduled").text
    fields = get_page(browser, path).fields(f"{path}/publish")
    browser.post(path, data=fields)
    assert only().publish_at is None
    assert "Closed on Friday" in get_page(browser, "/drafts").text

    # What was due while it was deleted waits for its author.
    only().publish_at, only().deleted_at = ahead(minutes=-1), utcnow()
    db.session.commit()
    browser.post(f"{path}/restore", data=token)
    assert only().publish_at is None and only().deleted_at is None


def test_nothing_that_a_script_saves_or_a_button_asks_changes_what_is_scheduled(browser, ana):
    draft = schedule(ana, ahead(days=1))
    path = f"/draft/{draft.id}"
    fields = {**get_page(browser, path).fields(f"{path}/publish"), "post": "Half a"}
    for target in (path, "/drafts"):
        assert browser.post(target, data={**fields, "as": "fragment"}).status_code == 409
    page = check_page(browser.post("/write", data={**fields, "do": "add"}))
    assert page.fields(f"{path}/publish")["post"] == "Half a"
    assert (only().body, only().publish_at) == ("Closed on Friday", draft.publish_at)


def test_a_hundred_scheduled_posts_are_enough(browser, ana, monkeypatch):
    monkeypatch.setattr(schedules, "SCHEDULED_MAX", 1)
    schedule(ana, ahead(days=1))
    answer = send(browser, post="One more", **chosen(ahead(days=1)))
    page = check_page(answer)
    assert answer.status_code == 422 and "as many posts as you can" in page.text
    assert page.fields("/index")["post"] == "One more"
    # They count apart from drafts.
    assert drafts.count(ana) == 0


def test_an_author_learns_why_nothing_was_published(browser, ana):
    draft = schedule(ana, ahead(days=1))
    draft.publish_at = ahead(hours=-25)
    db.session.commit()
    assert schedules.publish(draft.id) is None
    db.session.commit()
    page = get_page(browser, "/notifications/all/scheduled")
    assert "the site was away for more than a day" in page.text
    assert f"/draft/{draft.id}" in [link.get("href") for link in page.all("a")]
    assert "Wasn't published" in get_page(browser, "/drafts").text
    assert "away for more than a day" in get_page(browser, f"/draft/{draft.id}").text
    assert [row.payload["event"] for row in db.session.scalars(db.select(Notification))] == ["late"]


def test_what_is_published_by_hand_meanwhile_is_published_once(browser, ana):
    draft = schedule(ana, ahead(days=1))
    path = f"/draft/{draft.id}"
    fields = get_page(browser, path).fields(f"{path}/publish")
    draft.publish_at = ahead(minutes=-1)
    db.session.commit()
    post = schedules.publish(draft.id)
    db.session.commit()
    assert post is not None
    answer = browser.post(
        "/index", data={**fields, "publish_on": "", "publish_time": "", "title": ""}
    )
    assert answer.status_code == 302
    assert db.session.scalars(db.select(Post.id)).all() == [post.id]


def test_what_is_wrong_with_the_time_keeps_nobody_from_saving_a_draft(browser, ana):
    fields = get_page(browser, "/write").fields("/index")
    data = {**fields, "post": "Closed on Friday", "publish_on": "2027-01-01"}
    assert browser.post("/drafts", data=data).status_code == 302
    assert (only().body, only().publish_at) == ("Closed on Friday", None)


def test_a_reply_that_nobody_may_write_is_not_scheduled(browser, ben):
    parent = make_post(ben, "Only among us")
    path = f"/post/{parent.id}/reply"
    fields = get_page(browser, path).fields(path)
    parent.replies_from = "nobody"
    db.session.commit()
    answer = browser.post(path, data={**fields, "post": "And me?", **chosen(ahead(days=1))})
    page = check_page(answer)
    assert answer.status_code == 422 and page.fields(path)["post"] == "And me?"
    assert db.session.scalars(db.select(Draft)).all() == []
