"""`flask demo`: fill the site with sample people, posts and messages."""

from __future__ import annotations

from array import array
from bisect import bisect
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app.demo import guests, texts
from app.demo.community import add_community
from app.demo.conversations import messages_of
from app.demo.drafts import add_drafts
from app.demo.filters import add_filters
from app.demo.guests import Guest
from app.demo.likes import add_likes
from app.demo.markers import add_markers
from app.demo.messages import add_messages
from app.demo.network import DemoNetwork
from app.demo.notifications import add_choices, add_notifications
from app.demo.people import add_follows, add_people, machine_time_zone, taken_names
from app.demo.posts import DemoParent, DemoPost, DemoRepost, add_posts
from app.demo.tag_follows import add_tag_follows
from app.demo.texts import Name
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.search.folding import sort_key
from app.lib.tokens import random_token
from app.lib.usernames import username_key
from app.services.accounts import passwords
from app.services.data import counters
from app.services.posts.mentions import Mentioned

# People to sign in as; each is the first speaker of their language.
SAMPLES = {
    "en": Name("Ana", "Ana Duarte", "ana", "duarte"),
    "es": Name("Lucía", "Lucía Romero", "lucia", "romero"),
    "zh": Name("小明", "王小明", "xiaoming", "wang"),
}
WINDOW = timedelta(days=90)
# Older messages have been read.
UNREAD = timedelta(days=2)
OLDEST_MEMBER = timedelta(days=730)
DAY = timedelta(days=1)
# The relative number of posts in each hour of the day (UTC).
HOURS = (2, 2, 1, 1, 1, 2, 4, 6, 7, 7, 7, 6, 7, 6, 6, 6, 7, 8, 9, 10, 10, 8, 6, 4)
PEOPLE_CHUNK, FOLLOWS_CHUNK, POSTS_CHUNK = 2000, 10_000, 2000
# The share of posts that reply to one of so many earlier ones, if any is in the same language.
REPLY_CHANCE, REPLIED_TO = 0.35, 150
# The share of posts that are followed by a repost.
REPOST_CHANCE = 0.1
# The share of posts with a content note, and of replies that whoever began the thread hides.
NOTE_CHANCE, FOLD_CHANCE = 0.03, 0.02
FOLLOWS_MAX = 2000


@click.command("demo", short_help="Fill the site with made-up people.")
@click.option("--users", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--posts", type=click.IntRange(0, 5_000_000), default=2000, show_default=True)
@click.option("--seed", type=int, help="The same seed generates the same people and posts.")
@click.option("--yes", is_flag=True, help="Even on a site with a BASE_URL.")
@with_appcontext
def demo_command(users: int, posts: int, seed: int | None, yes: bool) -> None:
    """Fill the site with made-up people who follow, post and write in several languages."""
    if current_app.config["IS_PRODUCTION"] and not yes:
        raise click.ClickException(
            "BASE_URL is set, so this site is for real people. "
            "Add --yes to add made-up ones anyway."
        )
    network = _plan(Random(seed), users)  # noqa: S311 (nothing here is secret)
    password = random_token(9)
    members = guests.find()
    follows = _create_people(network, passwords.hash_password(password), members)
    _create_posts(network, posts, members)
    messages = _create_messages(network)
    _create_notifications(network, members)
    cases = add_community(network)
    added = f"{users:,} people, {follows:,} follows, {posts:,} posts and {messages:,} messages"
    click.echo(f"Added {added}.")
    if members:
        click.echo(f"Some of them follow {', '.join(member.username for member in members)}.")
    click.echo(f"Everyone's password: {password}")
    if cases:
        owner, moderator = network.usernames[:2]
        click.echo(f"{owner} administers the site, {moderator} moderates it: {cases} cases.")
    click.echo(f"Sign in as: {', '.join(network.usernames[: len(SAMPLES)])}")


def _plan(rng: Random, size: int) -> DemoNetwork:
    """A network without people yet: only their languages and their popularity."""
    languages = texts.load()
    shares = [language.share for language in languages]
    spoken = rng.choices(range(len(languages)), shares, k=size)
    codes = [language.code for language in languages]
    ranks = list(range(len(SAMPLES), size))
    rng.shuffle(ranks)
    for person, code in list(enumerate(SAMPLES))[:size]:
        spoken[person] = codes.index(code)
        ranks.insert((person + 1) * size // 40, person)
    popularity = [0.0] * size
    for rank, person in enumerate(ranks):
        popularity[person] = (rank + 5) ** -0.85
    return DemoNetwork(rng, utcnow(), languages, spoken, popularity)


def _create_people(network: DemoNetwork, password_hash: str, members: list[Guest]) -> int:
    """Add the people and their follows, in one transaction. Returns the number of follows."""
    size = len(network.spoken)
    pairs = _pairs(network)
    following = Counter(pair // size for pair in pairs)
    following += guests.choose_followers(network, members)
    followers = Counter(pair % size for pair in pairs)
    taken = taken_names()
    with click.progressbar(length=size, label="People") as bar:
        for chunk in _chunks(size, PEOPLE_CHUNK):
            rows = [_person(network, person, taken) for person in chunk]
            for person, row in zip(chunk, rows, strict=True):
                row["password_hash"] = password_hash
                row["following_count"] = following[person]
                row["followers_count"] = followers[person]
            network.ids.extend(add_people(rows))
            bar.update(len(rows))
    with click.progressbar(length=len(pairs), label="Follows") as bar:
        for chunk in _chunks(len(pairs), FOLLOWS_CHUNK):
            add_follows([_follow(network, pairs, place) for place in chunk])
            bar.update(len(chunk))
    # After all others, so that ids still sort by time.
    since = network.now - WINDOW / max(len(pairs), 1)
    extra = guests.add_follows(network, members, since)
    db.session.commit()
    return len(pairs) + extra


def _person(network: DemoNetwork, person: int, taken: set[str]) -> dict[str, Any]:
    rng, language = network.rng, network.language_of(person)
    topic = language.topics[person % len(language.topics)]
    joined_at = network.now - WINDOW - (OLDEST_MEMBER - WINDOW) * (1 - person / len(network.spoken))
    if person < len(SAMPLES):
        name = SAMPLES[language.code]
        username, display_name = _sample_username(name.roman_given, taken), name.full
    else:
        name = texts.make_name(rng, language)
        username = texts.make_username(rng, name, taken)
        display_name = texts.make_display_name(rng, name, rng.choice(topic.emoji))
    network.usernames.append(username)
    zone = rng.choice(language.zones)
    email = f"{username_key(username)}@example.{rng.choice(('com', 'org'))}"
    return {
        "username": username,
        "username_key": username_key(username),
        "email": email,
        "email_key": email,
        "email_verified_at": joined_at + timedelta(minutes=rng.randint(1, 600)),
        "display_name": display_name,
        "name_key": sort_key(display_name, username),
        "about_me": texts.make_bio(rng, language, topic),
        "avatar_seed": f"{rng.getrandbits(64):016x}",
        "language": language.code if language.code in current_app.config["LANGUAGES"] else None,
        "time_zone": zone if person >= len(SAMPLES) else machine_time_zone(),
        "created_at": joined_at,
        "last_seen": network.now - WINDOW * rng.random() ** 3,
    }


def _sample_username(wanted: str, taken: set[str]) -> str:
    """`wanted`, or `wanted2` and so on if it is taken."""
    username, number = wanted, 1
    while username in taken:
        number += 1
        username = f"{wanted}{number}"
    taken.add(username)
    return username


def _pairs(network: DemoNetwork) -> array[int]:
    """The follows, shuffled, each pair as one number: follower x size + followed."""
    size = len(network.spoken)
    pairs = array("q")
    for person in range(size):
        wanted = min(int(network.rng.lognormvariate(3.25, 0.6)), size * 2 // 3, FOLLOWS_MAX)
        near, far = wanted - wanted // 4, max(wanted // 4, 1)
        drawn = dict.fromkeys(network.neighbors_of(person, near * 2))
        drawn.pop(person, None)
        chosen = dict.fromkeys(list(drawn)[:near])
        chosen.update(dict.fromkeys(network.anybody(far)))
        chosen.pop(person, None)
        pairs.extend(person * size + other for other in chosen)
    network.rng.shuffle(pairs)
    return pairs


def _follow(network: DemoNetwork, pairs: array[int], place: int) -> dict[str, Any]:
    follower, followed = divmod(pairs[place], len(network.spoken))
    return {
        "follower_id": network.ids[follower],
        "followed_id": network.ids[followed],
        "created_at": network.now - WINDOW * (1 - place / len(pairs)),
    }


def _create_posts(network: DemoNetwork, count: int, members: list[Guest]) -> None:
    """Add the posts, oldest first, one transaction per chunk; the last ones mention `members`."""
    rng = network.rng
    known = {
        username_key(username): Mentioned(user_id, username)
        for user_id, username in zip(network.ids, network.usernames, strict=True)
    }
    known |= {username_key(one.username): Mentioned(one.id, one.username) for one in members}
    greeted = dict(zip(range(count - 1, -1, -1), reversed(members), strict=False))
    activity = list(accumulate(weight**0.75 * rng.random() for weight in network.popularity))
    times = _times(network, count)
    with click.progressbar(length=count, label="Posts") as bar:
        recent: deque[DemoParent] = deque(maxlen=REPLIED_TO)
        numbers = {user_id: number for number, user_id in enumerate(network.ids)}
        reposted: set[tuple[int, int]] = set()
        # Replies are to posts of chunks before, also on a small site.
        for chunk in _chunks(count, min(POSTS_CHUNK, max(count // 7, 1))):
            authors = rng.choices(range(len(activity)), cum_weights=activity, k=len(chunk))
            drafts = [
                _greeting(network, greeted[place], next(times))
                if place in greeted
                else _draft(network, author, next(times), recent)
                for place, author in zip(chunk, authors, strict=True)
            ]
            added = add_posts(_with_reposts(network, drafts, recent, numbers, reposted), known)
            add_likes(network, added, len(SAMPLES))
            recent.extend(added)
            db.session.commit()
            bar.update(len(chunk))
    counters.recount_posts()
    db.session.commit()


def _create_messages(network: DemoNetwork) -> int:
    """Add the private messages, in one transaction. Returns their number."""
    messages = messages_of(network, len(SAMPLES))
    add_messages(messages, network.now - UNREAD)
    db.session.commit()
    return len(messages)


def _create_notifications(network: DemoNetwork, members: list[Guest]) -> None:
    """Notify the people to sign in as, and the real members, in one transaction.

    Those to sign in as have also read home up to a while ago, and see what a filter does.
    """
    readers = [*network.ids[: len(SAMPLES)], *(member.id for member in members)]
    add_notifications(readers, network.ids, network.now - UNREAD)
    add_markers(network.ids[: len(SAMPLES)], network.now - UNREAD)
    add_filters(network, network.ids[: len(SAMPLES)])
    add_tag_follows(network, network.ids[: len(SAMPLES)])
    add_drafts(network, network.ids[: len(SAMPLES)])
    add_choices(network.ids[len(SAMPLES) :])
    db.session.commit()


def _greeting(network: DemoNetwork, member: Guest, written_at: datetime) -> DemoPost:
    """A post that mentions a real member, by somebody who follows them."""
    author = network.rng.choice(member.followers)
    language = network.language_of(author)
    topic = language.topics[author % len(language.topics)]
    limit = int(current_app.config["POST_MAX_LENGTH"])
    body = texts.make_greeting(network.rng, language, topic, member.username, limit)
    at = max(written_at, min(member.joined_at, network.now))
    return DemoPost(network.ids[author], language.code, "", body, at)


def _draft(
    network: DemoNetwork, author: int, written_at: datetime, recent: Sequence[DemoParent]
) -> DemoPost:
    rng, language = network.rng, network.language_of(author)
    limit = int(current_app.config["POST_MAX_LENGTH"])
    parent = _parent(network, language.code, recent) if rng.random() < REPLY_CHANCE else None
    if parent is not None:
        reply = texts.make_reply(rng, language, limit)
        author_id = network.ids[author]
        is_to_others = parent.id == parent.root_id and parent.post.author_id != author_id
        return DemoPost(
            *(author_id, language.code, "", reply, written_at),
            parent=parent,
            is_folded=is_to_others and rng.random() < FOLD_CHANCE,
        )
    article = texts.make_article(rng, language, limit) if rng.random() < 0.04 else None
    title, body = article or ("", _text(network, author, limit))
    earlier = edited_at = None
    if rng.random() < 0.03:
        earlier, corrected = texts.make_correction(rng, language, body)
        if len(corrected) <= limit:
            body = corrected
            edited_at = min(written_at + timedelta(minutes=rng.randint(1, 900)), network.now)
        else:
            earlier = None
    note = rng.choice(language.notes) if rng.random() < NOTE_CHANCE else None
    author_id = network.ids[author]
    return DemoPost(
        *(author_id, language.code, title, body, written_at, earlier, edited_at), note=note
    )


def _with_reposts(
    network: DemoNetwork,
    drafts: Sequence[DemoPost],
    recent: Sequence[DemoParent],
    numbers: Mapping[int, int],
    reposted: set[tuple[int, int]],
) -> list[DemoPost | DemoRepost]:
    """The drafts with reposts of earlier posts between them, each by somebody who reads it.

    `numbers` are those of the people, by id; `reposted` has the pairs of people and posts that
    there are already.
    """
    mixed: list[DemoPost | DemoRepost] = []
    for draft in drafts:
        mixed.append(draft)
        if not recent or network.rng.random() >= REPOST_CHANCE:
            continue
        original = network.rng.choice(recent)
        (person,) = network.neighbors_of(numbers[original.post.author_id], 1)
        person_id = network.ids[person]
        if (person_id, original.id) not in reposted and person_id != original.post.author_id:
            reposted.add((person_id, original.id))
            at = draft.written_at + timedelta(milliseconds=1)
            mixed.append(DemoRepost(person_id, original, at))
    return mixed


def _parent(network: DemoNetwork, language: str, recent: Sequence[DemoParent]) -> DemoParent | None:
    """A post in this language to reply to, if there is one."""
    rng = network.rng
    same = [one for one in recent if one.post.language == language]
    # Those to sign in as find replies to what they wrote.
    theirs = [one for one in same if one.post.author_id in network.ids[: len(SAMPLES)]]
    choice = theirs if theirs and rng.random() < 0.25 else same
    return rng.choice(choice) if choice else None


def _text(network: DemoNetwork, author: int, limit: int) -> str:
    rng, language = network.rng, network.language_of(author)
    # Everybody has a favorite topic, the one in their bio.
    number = author if rng.random() < 0.5 else rng.randrange(len(language.topics))
    topic = language.topics[number % len(language.topics)]
    mention = None
    if rng.random() < 0.12:
        (other,) = network.neighbors_of(author, 1)
        mention = network.usernames[other] if other != author else None
    return texts.make_text(rng, language, topic, mention, limit)


def _times(network: DemoNetwork, count: int) -> Iterator[datetime]:
    """`count` ascending times up to now, few of them at night."""
    busy = [HOURS[(network.now.hour + hour) % len(HOURS)] for hour in range(len(HOURS))]
    until = [0, *accumulate(busy)]
    for place in range(count):
        days, share = divmod((place + network.rng.random()) / count * WINDOW.days, 1)
        reached = share * until[-1]
        hour = bisect(until, reached) - 1
        passed = (hour + (reached - until[hour]) / busy[hour]) / len(HOURS)
        yield network.now - WINDOW + DAY * (days + passed)


def _chunks(count: int, size: int) -> Iterator[Sequence[int]]:
    return (range(start, min(start + size, count)) for start in range(0, count, size))
