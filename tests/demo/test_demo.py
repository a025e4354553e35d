"""`flask demo`: made-up people whose rows are like those that real people make."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import aliased, joinedload

from app.demo import texts
from app.extensions import db
from app.lib.dates import is_time_zone, utcnow
from app.lib.emails import parse_email
from app.lib.usernames import username_problem
from app.models import (
    Bookmark,
    Filter,
    Follow,
    Like,
    Marker,
    Mention,
    Message,
    Notification,
    NotificationChoice,
    Participation,
    Post,
    PostCount,
    PostRevision,
    PostTag,
    User,
)
from app.services.community import filters, tag_follows
from app.services.posts import drafts
from tests.support.factories import PASSWORD, make_user
from tests.support.pages import get_page, log_in
from tests.support.texts import mentions_in, render_light, render_markdown, render_text, tags_in

pytestmark = pytest.mark.slow

MANY = ("--users", "30", "--posts", "400", "--seed", "7")
FEW = ("--users", "5", "--posts", "8", "--seed", "7")


def demo(app: Flask, *words: str) -> Result:
    result = app.test_cli_runner().invoke(args=["demo", *words])
    db.session.rollback()
    db.session.expire_all()
    return result


def people() -> list[User]:
    return list(db.session.scalars(sa.select(User).order_by(User.id)))


def posts() -> list[Post]:
    written = sa.select(Post).where(Post.repost_of_id.is_(None)).order_by(Post.id)
    return list(db.session.scalars(written.options(joinedload(Post.author))))


def messages() -> list[Message]:
    return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def password_in(result: Result) -> str:
    line = re.search(r"^Everyone's password: (\S+)$", result.output, re.MULTILINE)
    assert line, result.output
    return line[1]


@pytest.fixture
def filled_site(app: Flask) -> Result:
    result = demo(app, *MANY)
    assert result.exit_code == 0, result.output
    return result


def test_the_command_says_what_it_added_and_how_to_sign_in(filled_site: Result) -> None:
    follows = db.session.scalars(sa.select(sa.func.count(Follow.id))).one()
    assert (
        f"Added 30 people, {follows} follows, 400 posts and {len(messages())} messages."
        in filled_site.output
    )
    assert "Sign in as: ana, lucia, xiaoming" in filled_site.output
    samples = people()[:3]
    assert [person.username for person in samples] == ["ana", "lucia", "xiaoming"]
    assert [person.language for person in samples] == ["en", "es", "zh"]
    assert all(person.check_password(password_in(filled_site)) for person in samples)


def test_people_are_such_as_could_have_registered(app: Flask, filled_site: Result) -> None:
    for person in people():
        assert username_problem(person.username) is None, person.username
        assert parse_email(person.email) == (person.email, person.email_key)
        assert person.email.endswith(("@example.com", "@example.org"))
        assert person.is_verified
        assert person.language in (*app.config["LANGUAGES"], None)
        assert person.time_zone
        assert is_time_zone(person.time_zone)
        assert person.created_at < utcnow() - timedelta(days=90)
    assert len({person.avatar_seed for person in people()}) == 30
    assert len({person.password_hash for person in people()}) == 1


def test_every_counter_is_right(filled_site: Result) -> None:
    written = Counter(post.author_id for post in posts())
    pairs = [(row.follower_id, row.followed_id) for row in db.session.scalars(sa.select(Follow))]
    # Others do not count whoever is suspended.
    absent = {person.id for person in people() if not person.is_present}
    following = Counter(follower for follower, followed in pairs if followed not in absent)
    followers = Counter(followed for follower, followed in pairs if follower not in absent)
    assert len(absent) == 1
    for person in people():
        assert person.posts_count == written[person.id]
        assert person.following_count == following[person.id]
        assert person.followers_count == followers[person.id]
    assert len(pairs) > 30
    liked = Counter(db.session.scalars(sa.select(Like.post_id)))
    numbers = {row.post_id: row.likes_count for row in db.session.scalars(sa.select(PostCount))}
    assert all(numbers[post_id] == number for post_id, number in liked.items())
    assert sum(numbers.values()) == liked.total() > 100


def test_some_repost_what_others_wrote_before(filled_site: Result) -> None:
    original = aliased(Post)
    rows = sa.select(Post, original).join(original, original.id == Post.repost_of_id)
    pairs = [(row, of) for row, of in db.session.execute(rows)]
    assert 10 < len(pairs) < 60
    for row, of in pairs:
        assert (row.body, row.html, row.visibility) == ("", "", "public")
        assert row.reply_to_author_id == of.author_id != row.author_id
        assert row.id > of.id and of.repost_of_id is None
    reposted = Counter(of.id for _, of in pairs)
    numbers = {row.post_id: row.reposts_count for row in db.session.scalars(sa.select(PostCount))}
    assert {post_id: number for post_id, number in numbers.items() if number} == reposted
    notified = sa.select(Notification).where(Notification.name == "repost")
    for row in db.session.scalars(notified):
        assert (row.actor_id, row.post_id) in {(own.author_id, of.id) for own, of in pairs}


def test_some_people_are_popular_and_most_follow_a_few_dozen(app: Flask) -> None:
    demo(app, "--users", "300", "--posts", "0", "--seed", "7")
    members = people()
    usual = [person for person in members if 10 <= person.following_count <= 60]
    assert len(usual) > 0.75 * len(members)
    followers = sorted(person.followers_count for person in members)
    assert followers[-1] > 4 * followers[len(members) // 2]


def test_ids_sort_by_time(filled_site: Result) -> None:
    for model in (User, Post, Follow, Message):
        times = list(db.session.scalars(sa.select(model.created_at).order_by(model.id)))
        assert all(earlier < later for earlier, later in pairwise(times)), model
    times = [post.created_at for post in posts()]
    assert utcnow() - timedelta(days=91) < times[0] < utcnow() - timedelta(days=85)
    assert utcnow() - timedelta(days=3) < times[-1] < utcnow()


def test_whoever_wrote_was_here(filled_site: Result) -> None:
    wrote = [(post.created_at, post.author_id) for post in posts()]
    wrote += [(message.created_at, message.sender_id) for message in messages()]
    last = {author_id: moment for moment, author_id in sorted(wrote)}
    for person in people():
        assert person.last_seen == last.get(person.id, person.last_seen)
        assert person.last_seen
        assert person.last_seen < utcnow()


def test_posts_are_stored_as_publishing_stores_them(filled_site: Result) -> None:
    known = {person.username_key: person.username for person in people()}
    for post in posts():
        render = render_markdown if post.title else render_light
        assert post.html == render(post.body, known)
        meant = set(db.session.scalars(sa.select(Mention.name).where(Mention.post_id == post.id)))
        assert meant == {
            name for name in mentions_in(post.body, markdown=bool(post.title)) if name in known
        }
        tags = set(db.session.scalars(sa.select(PostTag.tag).where(PostTag.post_id == post.id)))
        assert tags == set(tags_in(post.body, markdown=post.title is not None))
        assert len(post.body) <= 280
        assert not re.search(r"[{}]|None", f"{post.title or ''}{post.body}"), post.body


def test_there_is_some_of_everything(filled_site: Result) -> None:
    written = posts()
    languages = Counter(post.language for post in written)
    assert {"en", "es", "zh"} < set(languages)
    assert languages["en"] > 40
    html = "".join(post.html for post in written)
    for sign in ('class="mention"', 'class="tag"', 'href="https://example.org/', "<li>"):
        assert sign in html
    assert any(post.title for post in written)
    replies = [post for post in written if post.is_reply]
    assert 60 < len(replies) < 160
    assert db.session.scalars(sa.select(sa.func.count(Bookmark.id))).one() > 2
    # Nobody likes what they wrote.
    author = sa.select(Post.author_id).where(Post.id == Like.post_id).scalar_subquery()
    assert not db.session.scalars(sa.select(Like).where(Like.user_id == author)).all()
    # People reply with the same few words; what they write first is theirs.
    first = [post.body for post in written if not post.is_reply]
    assert len(set(first)) > len(first) * 0.95


def test_those_to_sign_in_as_filter_what_others_write(filled_site: Result) -> None:
    rows, samples = db.session.scalars(sa.select(Filter).order_by(Filter.id)).all(), people()[:3]
    assert [row.user_id for row in rows] == [person.id for person in samples]
    assert rows[0].expires_at and rows[0].expires_at > utcnow() + timedelta(days=29)
    match = filters.matching(samples[0], posts(), "home")
    assert match and match.keys() < {post.id for post in posts()}


def test_those_to_sign_in_as_follow_tags_in_use(filled_site: Result) -> None:
    for person in people()[:3]:
        followed = [row.tag for row in tag_follows.of(person)]
        assert len(followed) == 2
        assert db.session.scalars(sa.select(PostTag.tag).where(PostTag.tag.in_(followed))).all()


def test_those_to_sign_in_as_have_begun_something(filled_site: Result) -> None:
    for person in people()[:3]:
        (draft,) = drafts.page(person)
        assert draft.body


def test_people_write_to_each_other_as_messages_are_sent(filled_site: Result) -> None:
    languages = {person.id: person.language for person in people()}
    latest: dict[tuple[int, int], Message] = {}
    waiting: Counter[tuple[int, int]] = Counter()
    for message in messages():
        assert message.html == render_text(message.body, {})
        assert not re.search(r"[{}]", message.body)
        assert message.created_at < utcnow()
        assert languages[message.sender_id] == languages[message.recipient_id]
        mine = message.sender_id, message.recipient_id
        latest[mine] = latest[mine[::-1]] = message
        waiting[mine[::-1]] += message.created_at > utcnow() - timedelta(days=2)
        waiting[mine] = 0
    sides = list(db.session.scalars(sa.select(Participation)))
    assert {(side.user_id, side.other_id) for side in sides} == set(latest)
    for side in sides:
        both = side.user_id, side.other_id
        assert side.last_message_id == latest[both].id
        assert side.conversation_id == latest[both].conversation_id
        assert side.unread_count == waiting[both]


def test_those_to_sign_in_as_have_messages_to_read_and_to_leaf_through(app: Flask) -> None:
    demo(app, "--users", "100", "--posts", "0", "--seed", "7")
    counts = Counter(message.conversation_id for message in messages())
    for person in people()[:3]:
        sides = list(db.session.scalars(Participation.inbox_of(person)))
        assert len(sides) >= 5
        assert any(side.unread_count for side in sides)
        assert max(counts[side.conversation_id] for side in sides) > 25


def notified(person: User) -> list[Notification]:
    rows = sa.select(Notification).where(Notification.user_id == person.id)
    return list(db.session.scalars(rows.order_by(Notification.id)))


def test_those_to_sign_in_as_have_news_old_and_new(app: Flask) -> None:
    demo(app, "--users", "100", "--posts", "1500", "--seed", "7")
    for person in people()[:3]:
        rows = notified(person)
        assert {row.name for row in rows} >= {"follow", "reply", "like"}
        assert 3 <= sum(row.read_at is None for row in rows) < len(rows)
        assert all(earlier.created_at <= later.created_at for earlier, later in pairwise(rows))
        assert utcnow() - timedelta(days=90) < rows[0].created_at
        for row in rows:
            assert row.actor_id != person.id
            assert row.read_at is None or row.created_at <= row.read_at < utcnow()
            done = [Follow.followed_id == person.id, Follow.follower_id == row.actor_id]
            if row.name == "mention":
                done = [Mention.user_id == person.id, Mention.post_id == row.post_id]
            if row.name == "like":
                done = [Like.user_id == row.actor_id, Like.post_id == row.post_id]
            if row.name == "reply":
                reply = db.session.get_one(Post, row.post_id)
                parent = db.session.get_one(Post, reply.reply_to_id)
                assert (reply.author_id, parent.author_id) == (row.actor_id, person.id)
                continue
            assert db.session.scalar(sa.select(sa.exists().where(*done)))
    # Others hear of nothing but what moderators decided, or what came of their reports.
    others = [row.name for person in people()[3:] for row in notified(person)]
    assert set(others) == {"decision", "report"}


def test_staff_have_cases_in_every_state(filled_site: Result, client: FlaskClient) -> None:
    assert "ana administers the site, lucia moderates it: 8 cases." in filled_site.output
    log_in(client, people()[1])
    # Three, and one whose decision was undone.
    assert len(get_page(client, "/moderation").all("a", class_="case")) == 4
    assert get_page(client, "/moderation?queue=mine").all("a", class_="case")
    assert get_page(client, "/moderation?queue=done").all("a", class_="case")
    assert get_page(client, "/moderation/appeals").all("a", class_="case")
    log_in(client, people()[0])
    entries = get_page(client, "/admin/audit").all("th", scope="row")
    done = {" ".join(entry.itertext()).strip() for entry in entries}
    assert {"Suspended", "Silenced", "Warned", "Decision undone", "Role changed"} <= done
    assert get_page(client, "/admin/people?state=suspended").all("a", class_="person__link")


def test_a_second_run_and_a_small_site_have_no_new_staff(app: Flask) -> None:
    assert "administers" not in demo(app, "--users", "10", "--posts", "10").output
    assert "administers" in demo(app, *MANY).output
    assert "administers" not in demo(app, *MANY).output


def test_their_pages_are_alive(filled_site: Result, client: FlaskClient) -> None:
    ana = people()[0]
    ana.set_password(PASSWORD)
    db.session.commit()
    log_in(client, ana)
    for path in ("/index", "/notifications/all", "/messages", "/user/ana"):
        page = get_page(client, path)
        assert page.all("article") or page.all("a", class_="item--link"), path


def test_the_clock_of_those_to_sign_in_as_is_that_of_the_machine(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Lima")
    demo(app, *FEW)
    assert [person.time_zone for person in people()[:3]] == ["America/Lima"] * 3
    monkeypatch.setenv("TZ", "Nowhere/Town")
    demo(app, *FEW)
    assert people()[5].time_zone == "UTC"


def test_real_members_are_followed_and_mentioned(app: Flask, client: FlaskClient) -> None:
    rosa = make_user("rosa", language="es", created_at=utcnow() - timedelta(minutes=5))
    olga = make_user("olga", role="admin", created_at=utcnow() - timedelta(days=30))
    make_user("gone", closed_at=utcnow())
    result = demo(app, *MANY)
    assert "Some of them follow olga, rosa." in result.output
    for person in (olga, rosa):
        db.session.refresh(person)
        follows = sa.select(Follow).where(Follow.followed_id == person.id)
        followers = list(db.session.scalars(follows))
        assert 3 <= len(followers) == person.followers_count <= 12
        rows = notified(person)
        assert Counter(row.name for row in rows) == {"follow": len(followers), "mention": 1}
        assert all(person.created_at <= row.created_at <= utcnow() for row in rows)
        assert not any(row.read_at for row in rows)
        [post_id] = [row.post_id for row in rows if row.post_id]
        assert f'href="/user/{person.username}"' in db.session.get_one(Post, post_id).html
    for person in people():
        written = sa.select(sa.func.count(Follow.id)).where(Follow.follower_id == person.id)
        assert person.following_count == db.session.scalar(written)
    assert [post.created_at for post in posts()] == sorted(post.created_at for post in posts())
    # Nobody of an earlier run is taken for a real member.
    assert "Some of them follow olga, rosa." in demo(app, *FEW).output
    log_in(client, olga)
    assert get_page(client, "/notifications/all").all("a", class_="item--link")


def test_real_members_are_mentioned_however_short_posts_have_to_be(app: Flask) -> None:
    olga = make_user("olga")
    app.config["POST_MAX_LENGTH"] = 60
    demo(app, "--users", "1", "--posts", "1", "--seed", "7")
    assert {row.name for row in notified(olga)} == {"follow", "mention"}
    assert len(posts()[0].body) <= 60


def test_some_posts_have_notes_and_some_replies_are_hidden(filled_site: Result) -> None:
    noted = [post for post in posts() if post.content_note]
    assert 0 < len(noted) < len(posts()) / 5
    firsts = {post.id: post.author_id for post in posts()}
    folded = [post for post in posts() if post.folded_at]
    assert folded
    assert all(firsts[post.root_id] != post.author_id for post in folded)


def test_an_edited_post_keeps_how_it_read(filled_site: Result) -> None:
    edited = {post.id: post for post in posts() if post.edited_at}
    revisions = list(db.session.scalars(sa.select(PostRevision)))
    assert edited
    assert {revision.post_id for revision in revisions} == set(edited)
    for revision in revisions:
        post = edited[revision.post_id]
        assert revision.body != post.body
        assert revision.written_at == post.created_at
        assert revision.replaced_at == post.edited_at
        assert post.created_at < revision.replaced_at < utcnow()


def test_the_same_seed_makes_the_same_site_with_another_password(app: Flask) -> None:
    first = demo(app, *FEW)
    before = [(post.author.username, post.body) for post in posts()]
    said = [message.body for message in messages()]
    for model in (Post, User):
        db.session.execute(sa.delete(model))
    db.session.commit()
    second = demo(app, *FEW)
    assert [(post.author.username, post.body) for post in posts()] == before
    assert [message.body for message in messages()] == said
    assert password_in(first) != password_in(second)


def test_a_second_run_adds_people_with_other_names(app: Flask, ana: User) -> None:
    assert "ana2, lucia, xiaoming" in demo(app, *FEW).output
    result = demo(app, *FEW)
    assert result.exit_code == 0, result.output
    assert "ana3, lucia2, xiaoming2" in result.output
    assert len(people()) == 11
    assert ana.posts_count == 0


def test_the_smallest_site_is_one_person_who_says_nothing(app: Flask) -> None:
    result = demo(app, "--users", "1", "--posts", "0")
    assert result.exit_code == 0, result.output
    assert "Added 1 people, 0 follows, 0 posts and 0 messages." in result.output


def test_numbers_out_of_bounds_are_refused(app: Flask) -> None:
    for words in (("--users", "0"), ("--users", "100001"), ("--posts", "-1")):
        assert demo(app, *words).exit_code == 2
    assert demo(app, "--posts", "5000001").exit_code == 2
    assert people() == []


def test_a_real_site_is_left_alone_unless_one_insists(app: Flask) -> None:
    app.config["IS_PRODUCTION"] = True
    result = demo(app, *FEW)
    assert result.exit_code == 1
    assert "BASE_URL is set" in result.output
    assert people() == []
    assert demo(app, *FEW, "--yes").exit_code == 0
    assert len(people()) == 5


def test_posts_keep_to_the_longest_length_of_the_site(app: Flask) -> None:
    app.config["POST_MAX_LENGTH"] = 150
    demo(app, *MANY)
    assert max(len(post.body) for post in posts()) <= 150


def test_the_pages_show_them(filled_site: Result, client: FlaskClient) -> None:
    post = [one for one in posts() if not one.is_reply][-1]
    html, username = post.html, post.author.username
    assert html in client.get(f"/post/{post.id}").text
    assert html in client.get(f"/user/{username}").text


@pytest.mark.parametrize("language", texts.load(), ids=lambda language: language.code)
def test_every_phrase_has_the_words_for_its_slots(language: texts.Language) -> None:
    rng = Random(1)
    for topic in language.topics:
        words = {**language.words, **topic.words, "mention": ["@ana"], "link": ["https://x.org"]}
        common = (
            language.openers + language.closers + language.calls + language.links + language.edits
        )
        for phrase in (*topic.says, *topic.adds, *topic.bios, *common):
            assert "{" not in texts.fill(rng, language, phrase, words)
    for exchange in language.exchanges:
        assert len(exchange) > 1
        assert "{" not in texts.fill(rng, language, "".join(exchange), language.words)
    for article in language.articles:
        words = {**language.words, **article.words, "link": ["https://x.org"]}
        assert "{" not in texts.fill(rng, language, article.title + article.body, words)
    assert all(map(is_time_zone, language.zones))


def test_names_never_run_out() -> None:
    language, rng, taken = texts.load()[0], Random(1), set[str]()
    name = texts.make_name(rng, language)
    names = [texts.make_username(rng, name, taken) for _ in range(3000)]
    assert len({username.lower() for username in names}) == 3000
    assert all(username_problem(username) is None for username in names)


@pytest.mark.usefixtures("filled_site")
def test_those_to_sign_in_as_have_read_up_to_a_while_ago(client: FlaskClient) -> None:
    marker = db.session.scalars(sa.select(Marker).order_by(Marker.user_id).limit(1)).one()
    later = sa.select(Post.created_at).where(Post.id > marker.last_read_id)
    assert min(db.session.scalars(later)) > marker.updated_at
    log_in(client, db.session.get_one(User, marker.user_id))
    assert get_page(client, "/index").all("div", class_="place")


@pytest.mark.usefixtures("filled_site")
def test_everybody_posted_last_on_the_day_of_their_last_post() -> None:
    last: dict[int, object] = {}
    for post in posts():
        last[post.author_id] = post.created_at.date()
    assert {one.id: one.last_posted_on for one in people() if one.last_posted_on} == last


def test_some_choose_what_they_hear_of_and_nobody_gets_emails(filled_site):
    choices = db.session.execute(
        sa.select(NotificationChoice.delivery, NotificationChoice.from_whom).distinct()
    )
    assert {tuple(row) for row in choices} == {("site", "followed"), ("none", "everyone")}
