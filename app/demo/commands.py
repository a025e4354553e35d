"""`flask demo`: a site full of people to look at."""

from __future__ import annotations

from array import array
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from app.demo import messages as demo_messages
from app.demo import rows as demo
from app.demo import texts
from app.demo.texts import Name, Tongue
from app.extensions import db
from app.lib.dates import utcnow
from app.lib.tokens import random_token
from app.lib.usernames import username_key
from app.services.accounts import passwords

# People to sign in as; each is the first who speaks their language.
SAMPLES = {
    "en": Name("Ana", "Ana Duarte", "ana", "duarte"),
    "es": Name("Lucía", "Lucía Romero", "lucia", "romero"),
    "zh": Name("小明", "王小明", "xiaoming", "wang"),
}
WINDOW = timedelta(days=90)
# What is older, everybody has read.
UNREAD = timedelta(days=2)
OLDEST_MEMBER = timedelta(days=730)
DAY = timedelta(days=1)
# How much is posted in each hour of the day (UTC).
HOURS = (2, 2, 1, 1, 1, 2, 4, 6, 7, 7, 7, 6, 7, 6, 6, 6, 7, 8, 9, 10, 10, 8, 6, 4)
PEOPLE_CHUNK, FOLLOWS_CHUNK, POSTS_CHUNK = 2000, 10_000, 2000
FOLLOWS_MAX = 2000


@dataclass
class Town:
    """The people of one run by number, from 0, and how each is drawn by lot."""

    rng: Random
    now: datetime
    tongues: list[Tongue]
    spoken: list[int]
    popularity: list[float]
    ids: array[int] = field(default_factory=lambda: array("q"))
    usernames: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        everybody = range(len(self.spoken))
        self.total = list(accumulate(self.popularity))
        self.speakers = [[n for n in everybody if self.spoken[n] == t] for t in self.kinds]
        self.totals = [list(accumulate(self.popularity[n] for n in s)) for s in self.speakers]

    @property
    def kinds(self) -> range:
        return range(len(self.tongues))

    def tongue_of(self, person: int) -> Tongue:
        return self.tongues[self.spoken[person]]

    def neighbours_of(self, person: int, count: int) -> list[int]:
        """People of the same language, the popular more often."""
        spoken = self.spoken[person]
        return self.rng.choices(self.speakers[spoken], cum_weights=self.totals[spoken], k=count)

    def anybody(self, count: int) -> list[int]:
        return self.rng.choices(range(len(self.spoken)), cum_weights=self.total, k=count)


@click.command("demo", short_help="Fill the site with made-up people.")
@click.option("--users", type=click.IntRange(1, 100_000), default=100, show_default=True)
@click.option("--posts", type=click.IntRange(0, 5_000_000), default=2000, show_default=True)
@click.option("--seed", type=int, help="The same number makes the same people and posts.")
@click.option("--yes", is_flag=True, help="Also on a site that has a BASE_URL.")
@with_appcontext
def demo_command(users: int, posts: int, seed: int | None, yes: bool) -> None:
    """Fill the site with made-up people who follow, post and write in several languages."""
    if current_app.config["IS_PRODUCTION"] and not yes:
        raise click.ClickException(
            "BASE_URL is set, so this site is for real people. "
            "Add --yes to put made-up ones among them all the same."
        )
    town = _found(Random(seed), users)  # noqa: S311 (nothing here is secret)
    password = random_token(9)
    follows = _settle(town, passwords.digest(password))
    _tell(town, posts)
    messages = _write(town)
    added = f"{users:,} people, {follows:,} follows, {posts:,} posts and {messages:,} messages"
    click.echo(f"Added {added}.")
    click.echo(f"Everybody's password: {password}")
    click.echo(f"Sign in as: {', '.join(town.usernames[: len(SAMPLES)])}")


def _found(rng: Random, size: int) -> Town:
    """A town without people yet: only who will speak what, and who will be popular."""
    tongues = texts.load()
    shares = [tongue.share for tongue in tongues]
    spoken = rng.choices(range(len(tongues)), shares, k=size)
    codes = [tongue.code for tongue in tongues]
    ranks = list(range(len(SAMPLES), size))
    rng.shuffle(ranks)
    for person, code in list(enumerate(SAMPLES))[:size]:
        spoken[person] = codes.index(code)
        ranks.insert((person + 1) * size // 40, person)
    popularity = [0.0] * size
    for rank, person in enumerate(ranks):
        popularity[person] = (rank + 5) ** -0.85
    return Town(rng, utcnow(), tongues, spoken, popularity)


def _settle(town: Town, password_hash: str) -> int:
    """Add the people and who follows whom, in one transaction. Returns how many follows."""
    size = len(town.spoken)
    pairs = _pairs(town)
    following = Counter(pair // size for pair in pairs)
    followers = Counter(pair % size for pair in pairs)
    taken = demo.taken_names()
    with click.progressbar(length=size, label="People") as bar:
        for chunk in _chunks(size, PEOPLE_CHUNK):
            rows = [_person(town, person, taken) for person in chunk]
            for person, row in zip(chunk, rows, strict=True):
                row["password_hash"] = password_hash
                row["following_count"] = following[person]
                row["followers_count"] = followers[person]
            town.ids.extend(demo.add_people(rows))
            bar.update(len(rows))
    with click.progressbar(length=len(pairs), label="Follows") as bar:
        for chunk in _chunks(len(pairs), FOLLOWS_CHUNK):
            demo.add_follows([_follow(town, pairs, place) for place in chunk])
            bar.update(len(chunk))
    db.session.commit()
    return len(pairs)


def _person(town: Town, person: int, taken: set[str]) -> dict[str, Any]:
    rng, tongue = town.rng, town.tongue_of(person)
    topic = tongue.topics[person % len(tongue.topics)]
    joined_at = town.now - WINDOW - (OLDEST_MEMBER - WINDOW) * (1 - person / len(town.spoken))
    if person < len(SAMPLES):
        name = SAMPLES[tongue.code]
        username, display_name = _sample_username(name.roman_given, taken), name.full
    else:
        name = texts.make_name(rng, tongue)
        username = texts.make_username(rng, name, taken)
        display_name = texts.make_display_name(rng, name, rng.choice(topic.emoji))
    town.usernames.append(username)
    email = f"{username_key(username)}@example.{rng.choice(('com', 'org'))}"
    return {
        "username": username,
        "username_key": username_key(username),
        "email": email,
        "email_key": email,
        "email_verified_at": joined_at + timedelta(minutes=rng.randint(1, 600)),
        "display_name": display_name,
        "about_me": texts.make_bio(rng, tongue, topic),
        "avatar_seed": f"{rng.getrandbits(64):016x}",
        "language": tongue.code if tongue.code in current_app.config["LANGUAGES"] else None,
        "time_zone": rng.choice(tongue.zones),
        "created_at": joined_at,
        "last_seen": town.now - WINDOW * rng.random() ** 3,
    }


def _sample_username(wanted: str, taken: set[str]) -> str:
    """`wanted`, or `wanted2` and so on."""
    username, number = wanted, 1
    while username in taken:
        number += 1
        username = f"{wanted}{number}"
    taken.add(username)
    return username


def _pairs(town: Town) -> array[int]:
    """Who follows whom, each pair as one number: follower x size + followed, shuffled."""
    size = len(town.spoken)
    pairs = array("q")
    for person in range(size):
        wanted = min(int(town.rng.lognormvariate(3.25, 0.6)), size * 2 // 3, FOLLOWS_MAX)
        near, far = wanted - wanted // 4, max(wanted // 4, 1)
        drawn = dict.fromkeys(town.neighbours_of(person, near * 2))
        drawn.pop(person, None)
        chosen = dict.fromkeys(list(drawn)[:near])
        chosen.update(dict.fromkeys(town.anybody(far)))
        chosen.pop(person, None)
        pairs.extend(person * size + other for other in chosen)
    town.rng.shuffle(pairs)
    return pairs


def _follow(town: Town, pairs: array[int], place: int) -> dict[str, Any]:
    follower, followed = divmod(pairs[place], len(town.spoken))
    return {
        "follower_id": town.ids[follower],
        "followed_id": town.ids[followed],
        "created_at": town.now - WINDOW * (1 - place / len(pairs)),
    }


def _tell(town: Town, count: int) -> None:
    """Add the posts, oldest first, a transaction a chunk."""
    rng = town.rng
    known = {username_key(username): username for username in town.usernames}
    activity = list(accumulate(weight**0.75 * rng.random() for weight in town.popularity))
    times = _times(town, count)
    with click.progressbar(length=count, label="Posts") as bar:
        for chunk in _chunks(count, POSTS_CHUNK):
            authors = rng.choices(range(len(activity)), cum_weights=activity, k=len(chunk))
            drafts = [_draft(town, author, next(times)) for author in authors]
            demo.add_posts(drafts, known)
            db.session.commit()
            bar.update(len(chunk))


def _write(town: Town) -> int:
    """Add the private messages, in one transaction. Returns how many."""
    lines = demo_messages.messages_of(town, len(SAMPLES))
    demo.add_messages(lines, town.now - UNREAD)
    db.session.commit()
    return len(lines)


def _draft(town: Town, author: int, written_at: datetime) -> demo.Draft:
    rng, tongue = town.rng, town.tongue_of(author)
    limit = int(current_app.config["POST_MAX_LENGTH"])
    article = texts.make_article(rng, tongue, limit) if rng.random() < 0.04 else None
    title, body = article or ("", _text(town, author, limit))
    earlier = edited_at = None
    if rng.random() < 0.03:
        earlier, corrected = texts.make_correction(rng, tongue, body)
        if len(corrected) <= limit:
            body = corrected
            edited_at = min(written_at + timedelta(minutes=rng.randint(1, 900)), town.now)
        else:
            earlier = None
    return demo.Draft(town.ids[author], tongue.code, title, body, written_at, earlier, edited_at)


def _text(town: Town, author: int, limit: int) -> str:
    rng, tongue = town.rng, town.tongue_of(author)
    # Everybody has a favourite topic, the one in their bio.
    number = author if rng.random() < 0.5 else rng.randrange(len(tongue.topics))
    topic = tongue.topics[number % len(tongue.topics)]
    mention = None
    if rng.random() < 0.12:
        (other,) = town.neighbours_of(author, 1)
        mention = town.usernames[other] if other != author else None
    return texts.make_text(rng, tongue, topic, mention, limit)


def _times(town: Town, count: int) -> Iterator[datetime]:
    """`count` times up to now, each after the one before, few of them at night."""
    busy = [HOURS[(town.now.hour + hour) % len(HOURS)] for hour in range(len(HOURS))]
    until = [0, *accumulate(busy)]
    for place in range(count):
        days, share = divmod((place + town.rng.random()) / count * WINDOW.days, 1)
        reached = share * until[-1]
        hour = bisect(until, reached) - 1
        passed = (hour + (reached - until[hour]) / busy[hour]) / len(HOURS)
        yield town.now - WINDOW + DAY * (days + passed)


def _chunks(count: int, size: int) -> Iterator[Sequence[int]]:
    return (range(start, min(start + size, count)) for start in range(0, count, size))
