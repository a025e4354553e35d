"""Tags in use: whose posts count, and in which order."""

from __future__ import annotations

from datetime import timedelta

from app import db
from app.lib.dates import utcnow
from app.services.accounts import accounts
from app.services.posts import posts, tags
from tests.support.factories import make_post, make_user


def test_the_tag_of_most_people_is_first_and_the_latest_before_others(ana, ben, cleo):
    for author, words in ((ana, "#walk"), (ana, "#walk again"), (ana, "#walk still")):
        make_post(author, words)
    for author in (ben, cleo):
        make_post(author, "Bread at the #Fair")
    make_post(ben, "#rain")
    assert tags.in_use() == ["fair", "rain", "walk"]


def test_what_nobody_may_see_is_not_in_use(ana, ben, cleo):
    make_post(ana, "#old", created_at=utcnow() - tags.RECENTLY - timedelta(minutes=1))
    deleted = make_post(ana, "#deleted")
    posts.delete(deleted)
    make_post(ben, "#closed")
    accounts.close(ben)
    db.session.commit()
    make_post(cleo, "#shown")
    assert tags.in_use() == ["shown"]


def test_a_few_of_the_newest_uses_are_looked_at(ana, monkeypatch):
    make_post(make_user("early"), "#early")
    for number in range(tags.TAGS_MAX + 2):
        make_post(ana, f"#day{number}")
    newest = [f"day{number}" for number in reversed(range(tags.TAGS_MAX + 2))]
    assert tags.in_use() == newest[: tags.TAGS_MAX]
    monkeypatch.setattr(tags, "USES_LOOKED_AT", 2)
    assert tags.in_use() == newest[:2]
