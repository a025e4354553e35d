"""Followed tags: a few, each once, and their public posts come home."""

from __future__ import annotations

import pytest

from app.database.cursor import Cursor
from app.models import User
from app.models.posts.timeline import home_of
from app.services.community import tag_follows
from app.services.errors import TooManyTagsError
from tests.support.factories import make_follow, make_post


def home(reader: User) -> list[str]:
    return [entry.post.body for entry in home_of(reader, Cursor(20))]


def tags(user: User) -> list[str]:
    return [row.tag for row in tag_follows.of(user)]


def test_a_tag_is_followed_once_and_left(ana, ben):
    for tag in ("bread", "ferry", "bread"):
        tag_follows.follow(ana, tag)
    assert tags(ana) == ["ferry", "bread"]
    assert tag_follows.is_following(ana, "bread") and not tag_follows.is_following(ben, "bread")
    assert tag_follows.unfollow(ana, "bread") and not tag_follows.unfollow(ana, "bread")
    assert tags(ana) == ["ferry"]


def test_only_so_many_are_followed(ana):
    for number in range(tag_follows.TAGS_MAX):
        tag_follows.follow(ana, f"tag{number}")
    with pytest.raises(TooManyTagsError):
        tag_follows.follow(ana, "more")
    tag_follows.follow(ana, "tag0")
    tag_follows.unfollow(ana, "tag0")
    tag_follows.follow(ana, "more")
    assert len(tags(ana)) == tag_follows.TAGS_MAX


def test_posts_of_strangers_with_the_tag_come_home_once(ana, ben, cleo):
    make_follow(ana, cleo)
    tag_follows.follow(ana, "riverside")
    tag_follows.follow(ana, "bread")
    make_post(ben, "Nothing of that.")
    make_post(ben, "Fresh #bread at the #riverside")
    make_post(cleo, "My #bread")
    assert home(ana) == ["My #bread", "Fresh #bread at the #riverside"]
    tag_follows.unfollow(ana, "riverside")
    assert home(ana) == ["My #bread", "Fresh #bread at the #riverside"]
    tag_follows.unfollow(ana, "bread")
    assert home(ana) == ["My #bread"]


def test_replies_of_strangers_and_what_is_not_for_everybody_stay_away(ana, ben, cleo):
    tag_follows.follow(ana, "bread")
    question = make_post(cleo, "Where is the best?")
    make_post(ben, "Try the #bread of the mill.", reply_to=question)
    for visibility in ("unlisted", "followers"):
        make_post(ben, "Ours alone #bread", visibility=visibility)
    assert home(ana) == []
    thread = make_post(ben, "All about #bread")
    make_post(ben, "Second part about #bread", reply_to=thread)
    assert home(ana) == ["Second part about #bread", "All about #bread"]
