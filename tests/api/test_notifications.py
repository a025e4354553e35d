"""Notifications, as programs read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import db
from app.lib.dates import utcnow
from app.models import Notification, Post, User
from app.services.messages import notifications
from app.services.posts import likes, posts
from tests.support.factories import make_post, make_user
from tests.support.pages import counted_statements


def tell(actor: User, user: User) -> Post:
    """A mention of `user`; returns the post."""
    return make_post(actor, f"Look here, @{user.username}")


def test_a_notification_has_every_field(program_of, ana, ben):
    post = tell(ben, ana)
    row = db.session.scalars(Notification.for_user(ana)).one()
    assert program_of(ana, "read").get("/notifications").json["items"] == [
        {
            "id": row.id,
            "name": "mention",
            "data": {},
            "actor": {
                "id": ben.id,
                "username": "ben",
                "display_name": ben.display_name,
                "_links": {"self": f"/api/users/{ben.id}", "avatar": ben.avatar(128)},
            },
            "post_id": post.id,
            "created_at": row.created_at.isoformat(),
            "is_read": False,
        }
    ]


def test_what_is_gone_is_not_told(program_of, ana, ben):
    posts.delete(tell(ben, ana))
    ben.closed_at = utcnow()
    db.session.commit()
    told = program_of(ana).get("/notifications").json["items"][0]
    assert (told["post_id"], told["actor"]) == (None, None)


def test_security_notices_have_their_facts(program_of, ana, ben):
    notifications.security(ana, "new_device", {"device": "Firefox"})
    db.session.commit()
    told = program_of(ana).get("/notifications").json["items"][0]
    assert told["data"] == {"event": "new_device", "device": "Firefox"}
    assert program_of(ben).get("/notifications").json["items"] == []


def test_they_lead_on_by_id_and_since_is_kept(program_of, ana, ben):
    old = tell(ben, ana)
    row = db.session.scalars(Notification.for_user(ana)).one()
    row.created_at = utcnow() - timedelta(days=2)
    db.session.commit()
    fresh = [tell(ben, ana).id for _ in range(2)]
    program = program_of(ana)
    since = (utcnow() - timedelta(days=1)).timestamp()
    seen, path = [], f"/notifications?since={since}&per_page=1"
    while path:
        page = program.get(path).json
        seen += [one["post_id"] for one in page["items"]]
        path = (page["_links"]["next"] or "").removeprefix("/api")
    assert seen == fresh[::-1]
    everything = program.get("/notifications?since=0").json["items"]
    assert [one["post_id"] for one in everything] == [*fresh[::-1], old.id]


@pytest.mark.parametrize("value", ["", "x", "nan", "inf", "1e999", "-1", "1_0", "%201", "1e300"])
def test_a_moment_that_is_none_is_a_mistake(program_of, ana, value):
    answer = program_of(ana).get(f"/notifications?since={value}")
    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "since"


def test_they_are_marked_as_read_up_to_one_or_all(program_of, ana, ben):
    for _ in range(3):
        tell(ben, ana)
    tell(ana, ben)
    program = program_of(ana)

    def flags() -> list[bool]:
        return [one["is_read"] for one in program.get("/notifications").json["items"]]

    middle = program.get("/notifications").json["items"][1]["id"]
    assert program.put("/notifications/read", json={"up_to": middle}).status_code == 204
    assert flags() == [False, True, True]
    assert program.put("/notifications/read").status_code == 204
    assert flags() == [True] * 3
    assert not program_of(ben).get("/notifications").json["items"][0]["is_read"]


def test_a_list_costs_four_statements(program_of, ana):
    for _ in range(20):
        tell(make_user(), ana)
    program = program_of(ana)
    program.get("/me")
    with counted_statements() as ran:
        assert len(program.get("/notifications?per_page=20").json["items"]) == 20
    assert len(ran) <= 4, ran


def test_groups_are_as_the_site_shows_them(program_of, ana, ben, cleo):
    post = make_post(ana)
    for person in (ben, cleo):
        likes.like(person, post)
    mention = tell(ben, ana)
    program = program_of(ana)
    single, group = program.get("/notifications/groups").json["items"]
    assert (single["name"], single["count"], single["post_id"]) == ("mention", 1, mention.id)
    assert (group["name"], group["count"], group["post_id"]) == ("like", 2, post.id)
    assert [actor["username"] for actor in group["actors"]] == ["cleo", "ben"]
    assert group["newest"]["actor"]["username"] == "cleo"
    # Single ones are all there.
    names = [row["name"] for row in program.get("/notifications").json["items"]]
    assert names == ["mention", "like", "like"]
    program.put("/notifications/read", json={"up_to": group["newest"]["id"]})
    reads = [row["is_read"] for row in program.get("/notifications/groups").json["items"]]
    assert reads == [False, True]


def test_groups_lead_on_from_the_last_one(program_of, ana, ben):
    for _ in range(3):
        likes.like(ben, make_post(ana))
    db.session.commit()
    page = program_of(ana).get("/notifications/groups?per_page=2").json
    assert len(page["items"]) == 2
    path = page["_links"]["next"].removeprefix("/api")
    rest = program_of(ana).get(path).json
    assert len(rest["items"]) == 1 and rest["_links"]["next"] is None
