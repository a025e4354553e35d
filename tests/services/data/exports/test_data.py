"""What an archive holds: everything somebody wrote, nothing that others wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from app import db
from app.lib.dates import utcnow
from app.models import User
from app.services.community import home_choices, tag_follows
from app.services.data.exports import data
from app.services.posts import drafts, folds, posts, reposts
from app.services.posts.composition import compose_in
from app.services.posts.drafts import Writing
from tests.support.factories import make_follow, make_message, make_post, make_user
from tests.support.notifying import choose


def archive_of(user: User, folder: Path) -> dict[str, Any]:
    """The JSON files of the archive, by name."""
    path = folder / "archive.zip"
    for _ in data.write(user, path):
        pass
    with ZipFile(path) as zipped:
        names = [name for name in zipped.namelist() if name.endswith(".json")]
        return {name: json.loads(zipped.read(name)) for name in names}


def test_posts_come_in_order_with_their_tags_and_earlier_versions(ana, ben, tmp_path):
    for body in ("First #b #a", "Second"):
        make_post(ana, body)
    edited = make_post(ana, "Draft", title="Title")
    posts.edit(edited, compose_in("en", "Final", title="Title"))
    make_post(ben)
    db.session.commit()
    files = archive_of(ana, tmp_path)
    full = files["posts_with_history.json"]["posts"]
    assert [post["body"] for post in full] == ["First #b #a", "Second", "Final"]
    assert [post["tags"] for post in full] == [["a", "b"], [], []]
    assert [version["body"] for version in full[2]["earlier_versions"]] == ["Draft"]
    assert (full[2]["title"], full[2]["language"], full[0]["edited_at"]) == ("Title", "en", None)
    brief = files["posts.json"]["posts"]
    assert [post["body"] for post in brief] == [post["body"] for post in full]
    assert brief[0]["timestamp"] == full[0]["created_at"]


def test_content_notes_are_beside_the_words(ana, tmp_path):
    noted = make_post(ana, "Draft", content_note="food")
    posts.edit(noted, compose_in("en", "Final", note="cake"))
    noted.required_note = "sugar"
    db.session.commit()
    (post,) = archive_of(ana, tmp_path)["posts_with_history.json"]["posts"]
    assert (post["content_note"], post["required_note"]) == ("cake", "sugar")
    assert [version["content_note"] for version in post["earlier_versions"]] == ["food"]


def test_hidden_replies_are_links_in_the_archive_of_who_hides_them_alone(ana, ben, tmp_path):
    reply = make_post(ben, "Rude", reply_to=make_post(ana))
    make_post(ben, "Kind", reply_to=reply)
    folds.fold(reply)
    db.session.commit()
    (hidden,) = archive_of(ana, tmp_path)["hidden_replies.json"]["hidden_replies"]
    assert hidden["post_id"] == reply.id
    (tmp_path / "archive.zip").unlink()
    files = archive_of(ben, tmp_path)
    assert files["hidden_replies.json"] == {"hidden_replies": []}
    assert "folded" not in str(files)


def test_reposts_are_links_and_no_posts(ana, ben, tmp_path):
    post = make_post(ben, "Theirs")
    reposts.repost(ana, post)
    db.session.commit()
    files = archive_of(ana, tmp_path)
    assert files["posts.json"] == {"posts": []}
    assert [one["post_id"] for one in files["reposts.json"]["reposts"]] == [post.id]
    assert "Theirs" not in str(files)
    (tmp_path / "archive.zip").unlink()
    files = archive_of(ben, tmp_path)
    assert files["reposts.json"] == {"reposts": []}
    assert [one["body"] for one in files["posts.json"]["posts"]] == ["Theirs"]


def test_what_was_deleted_and_what_others_wrote_is_left_out(ana, ben, tmp_path):
    posts.delete(make_post(ana, "Deleted"))
    make_message(ana, ben, "Mine")
    make_message(ben, ana, "Theirs")
    files = archive_of(ana, tmp_path)
    assert files["posts.json"] == {"posts": []}
    (sent,) = files["messages.json"]["messages"]
    assert (sent["to"], sent["body"]) == ("ben", "Mine")


def test_people_who_left_are_in_no_list_of_follows(ana, ben, cleo, tmp_path):
    for other in (ben, cleo):
        make_follow(ana, other)
        make_follow(other, ana)
    cleo.closed_at = utcnow()
    db.session.commit()
    files = archive_of(ana, tmp_path)
    for name in ("following", "followers"):
        assert [row["username"] for row in files[f"{name}.json"][name]] == ["ben"]


def test_what_a_home_shows_is_the_choice_of_its_owner(ana, ben, cleo, tmp_path):
    for other in (ben, cleo):
        make_follow(ana, other)
    home_choices.choose(ana, "replies", is_shown=False)
    home_choices.choose_of(ana, ben, "reposts", is_shown=False)
    tag_follows.follow(ana, "riverside")
    tag_follows.follow(ben, "bread")
    db.session.commit()
    files = archive_of(ana, tmp_path)
    profile, tags = files["profile.json"], files["followed_tags.json"]["tags"]
    assert (profile["home_has_reposts"], profile["home_has_replies"]) == (True, False)
    assert [row["tag"] for row in tags] == ["riverside"]
    shown = [
        (row["username"], row["shows_reposts"], row["shows_replies"])
        for row in files["following.json"]["following"]
    ]
    assert shown == [("ben", False, True), ("cleo", True, True)]


def test_drafts_are_there_unless_they_were_deleted(ana, ben, tmp_path):
    writing = Writing("Not yet", "Title", "a note", "followers", reply_to_id=7, more=["Nor this"])
    kept = drafts.save(ana, "kept", writing)
    drafts.delete(ana, drafts.save(ana, "gone", Writing("No")).id)
    drafts.save(ben, "theirs", Writing("Not of ana"))
    db.session.commit()
    (row,) = archive_of(ana, tmp_path)["drafts.json"]["drafts"]
    assert row.pop("saved_at")[:10] == kept.saved_at.date().isoformat()
    assert row == {
        "title": "Title",
        "body": "Not yet",
        "more": ["Nor this"],
        "replies_from": "everyone",
        "language": None,
        "publish_at": None,
        "content_note": "a note",
        "visibility": "followers",
        "reply_to_post_id": 7,
    }


def test_the_profile_has_the_choices_of_its_owner_and_no_secret(ana, tmp_path):
    choose(ana, "none", "like")
    profile = archive_of(ana, tmp_path)["profile.json"]
    assert profile["email"] == ana.email
    assert profile["display_name"] == "Ana Duarte"
    assert ana.password_hash not in json.dumps(profile)
    assert profile["notifications"]["like"] == {"delivery": "none", "from_whom": "everyone"}
    assert profile["notifications"]["reply"] == {"delivery": "site", "from_whom": "everyone"}
    assert profile["digest_hour"] == 8


def test_progress_rises_below_a_hundred_and_no_transaction_is_open_meanwhile(
    ana, tmp_path, monkeypatch
):
    monkeypatch.setattr(data, "READ_BATCH", 2)
    for _ in range(5):
        make_post(ana)
        make_follow(ana, make_user())
    db.session.refresh(ana)
    percents = []
    for percent in data.write(ana, tmp_path / "archive.zip"):
        percents.append(percent)
        assert not db.session().in_transaction()
    assert percents == [20, 40, 50, 70, 90, 99]


def test_an_archive_that_nobody_finishes_leaves_no_file(ana, tmp_path):
    make_post(ana)
    db.session.refresh(ana)
    writing = data.write(ana, tmp_path / "archive.zip")
    next(writing)
    assert list(tmp_path.iterdir())
    writing.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("batch", [1, 3, 500])
def test_batches_meet_without_gap(ana, tmp_path, monkeypatch, batch):
    monkeypatch.setattr(data, "READ_BATCH", batch)
    bodies = [make_post(ana, f"Post {number}").body for number in range(4)]
    written = archive_of(ana, tmp_path)["posts.json"]["posts"]
    assert [post["body"] for post in written] == bodies
