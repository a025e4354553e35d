"""Sites of one shape and any size: the same lists are long on each, so what grows shows.

Written in bulk. Whatever can be computed from the rows is: the counts by `counters`, keys and HTML
by what composes a post.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from random import Random
from typing import Any

from app import db
from app.lib.dates import utcnow
from app.lib.search.documents import NARROW_KEY, author_key, person_text, post_text
from app.models import Follow, Like, Mention, Notification, NotificationGroup, Post, PostTag, User
from app.models.messages.notification import KINDS
from app.services.data import counters
from app.services.posts.composition import Composed, compose_in
from tests.bench.bulk import Row, bulk, tend

# The first people; all the others do what most do.
READER, EAGER, CELEBRITY, REPLIER = 1, 2, 3, 4
REPOSTERS = range(5, 15)
NAMES = {READER: "reader", EAGER: "eager", CELEBRITY: "celebrity", REPLIER: "replier"}
# The first post is answered most, and the second is liked most.
DISCUSSED, LIKED = 1, 2
DAYS = 90
TEXTS = 3_000
WORDS = (
    *("bread", "river", "garden", "tomato", "winter", "music", "letter", "train", "coffee"),
    *("market", "story", "mountain", "cat", "bicycle", "library", "rain", "summer", "soup"),
    *("island", "kitchen", "evening", "morning", "light", "song", "friend", "walk", "window"),
)
# Among so many earlier posts, people reply to one and repost one.
RECENT = 400
# The higher, the more of all is written by few.
ACTIVITY = 2.5
# Of a hundred posts, the one that is deleted.
DELETED = 2


@dataclass(frozen=True)
class Text:
    """What some posts say."""

    composed: Composed
    html: str
    # With the key of an author whose id is 0.
    search: str

    def found_by(self, author_id: int, is_public: bool) -> str:
        text = self.search.replace(author_key(0), author_key(author_id), 1)
        return text if is_public else f"{text} {NARROW_KEY}"


@dataclass
class Shape:
    """How many there are of everything, and who wrote what."""

    people: int
    posts: int

    def __post_init__(self) -> None:
        self.rng = Random(7)
        self.now = utcnow().replace(microsecond=0)
        # Of each post by its id: the author, the first of its thread, whom it answers.
        self.authors, self.roots, self.answered = (
            array("q", bytes(8 * (self.posts + 1))) for _ in range(3)
        )
        # Whether others can answer and repeat it.
        self.is_open = bytearray(self.posts + 1)
        self.mentions: list[tuple[int, str, int]] = []
        self.tags: list[tuple[int, str]] = []

    @property
    def thread(self) -> int:
        """How many reply to one post."""
        return min(5_000, self.posts // 40)

    @property
    def fans(self) -> int:
        """How many like one post, and how many follow its author."""
        return min(20_000, self.people // 2)

    @property
    def follows_each(self) -> int:
        return 60 if self.people > 10_000 else 20

    @cached_property
    def strangers(self) -> range:
        """Those whom neither reader follows."""
        return range(self.people - self.people // 3, self.people + 1)

    @cached_property
    def texts(self) -> list[Text]:
        names = {f"person{number}": f"person{number}" for number in range(15, 300)}
        return [self._text(number, names) for number in range(TEXTS)]

    def _text(self, number: int, names: dict[str, str]) -> Text:
        body = " ".join(self.rng.choices(WORDS, k=self.rng.randint(6, 30)))
        if number % 10 == 0:
            body += f" #{self.rng.choice(WORDS)}"
        if number % 12 == 0:
            body = f"@{self.rng.choice(list(names))} {body}"
        composed = compose_in("en", body)
        return Text(
            composed, composed.html(names), post_text(0, composed.text, "en", composed.tags)
        )

    def at(self, post_id: float) -> str:
        """When a post was written."""
        return stamp(self.now - timedelta(days=DAYS) * (1 - post_id / (self.posts + 1)))

    def somebody(self, power: float) -> int:
        """One of the people; the higher `power`, the more often one of few."""
        return 15 + int((self.people - 14) * self.rng.random() ** power)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


def fill(people: int, posts: int) -> Shape:
    """Fill an empty database with so many people and posts, of which 40 % reply and 10 % repost."""
    shape = Shape(people, posts)
    with bulk(User, Post, PostTag, Mention, Follow, Like, Notification, NotificationGroup) as write:
        write(User, people_of(shape))
        write(Post, posts_of(shape))
        write(PostTag, ({"post_id": id_, "tag": tag} for id_, tag in shape.tags))
        names = ("post_id", "name", "user_id")
        write(Mention, (dict(zip(names, row, strict=True)) for row in shape.mentions))
        write(Follow, follows_of(shape))
        write(Like, likes_of(shape))
        told = list(notifications_of(shape))
        write(Notification, told)
        write(NotificationGroup, groups_of(told))
    counters.recount()
    db.session.commit()
    tend()
    return shape


def people_of(shape: Shape) -> Iterator[Row]:
    for number in range(1, shape.people + 1):
        name = NAMES.get(number, f"person{number}")
        mail = f"{name}@example.com"
        at = stamp(shape.now - timedelta(days=DAYS) * (2 - number / shape.people))
        yield {
            "id": number,
            **dict.fromkeys(("username", "username_key", "name_key"), name),
            **dict.fromkeys(("email", "email_key"), mail),
            **dict.fromkeys(("created_at", "email_verified_at", "last_seen"), at),
            "password_hash": "",
            "about_me": "Grows tomatoes by the river.",
            "avatar_seed": f"{number:016x}",
            "search_text": person_text(name, "", "Grows tomatoes by the river."),
        }


def posts_of(shape: Shape) -> Iterator[Row]:
    """The posts, oldest first; of ten, five are posts, four replies, and one is a repost."""
    reposted: set[tuple[int, int]] = set()
    for id_ in range(1, shape.posts + 1):
        place = id_ % 10 if id_ > RECENT else 0
        if place in (2, 4, 6, 8):
            yield _reply(shape, id_, id_ // 10 * 4 + place // 2)
        elif place == 5 and (row := _repost(shape, id_, reposted)):
            yield row
        else:
            author_id = CELEBRITY if id_ in (DISCUSSED, LIKED) else shape.somebody(ACTIVITY)
            yield _post(shape, id_, author_id)


def _post(shape: Shape, id_: int, author_id: int, **values: Any) -> Row:
    text = shape.texts[shape.rng.randrange(TEXTS)]
    shape.authors[id_] = author_id
    shape.roots[id_] = values.get("root_id", id_)
    shape.answered[id_] = values.get("reply_to_author_id") or 0
    # One in a hundred is for followers, one is unlisted, and one is deleted.
    chance = shape.rng.randrange(100) if id_ > RECENT and not values else 50
    visibility = {0: "followers", 1: "unlisted"}.get(chance, "public")
    is_deleted = chance == DELETED
    shape.is_open[id_] = visibility != "followers" and not is_deleted
    if visibility == "public" and not is_deleted:
        shape.tags += [(id_, tag) for tag in text.composed.tags]
    for name in text.composed.mentions:
        shape.mentions.append((id_, name, int(name.removeprefix("person"))))
    return {
        "id": id_,
        "author_id": author_id,
        "body": text.composed.body,
        "html": text.html,
        "language": "en",
        "visibility": visibility,
        "audience_id": author_id if visibility == "followers" else None,
        "created_at": shape.at(id_),
        "deleted_at": stamp(shape.now) if is_deleted else None,
        "search_text": None if is_deleted else text.found_by(author_id, visibility == "public"),
        "reply_to_id": None,
        "root_id": None,
        "reply_to_author_id": None,
        "repost_of_id": None,
        **values,
    }


def _reply(shape: Shape, id_: int, number: int) -> Row:
    """One of 16 is by somebody who replies to strangers alone; some are to the most discussed."""
    author_id = REPLIER if number % 16 == 0 else shape.somebody(ACTIVITY)
    parent_id = id_ - shape.rng.randint(1, RECENT)
    if author_id == REPLIER:
        parent_id = next(
            (one for one in range(parent_id, 2, -1) if _is_strangers(shape, one)), LIKED
        )
    elif number % (shape.posts * 4 // 10 // shape.thread) == 1:
        parent_id = DISCUSSED
    while not shape.is_open[parent_id]:
        parent_id -= 1
    parent_author = shape.authors[parent_id]
    # As `threads.attach` says.
    answered = shape.answered[parent_id] if parent_author == author_id else parent_author
    return _post(
        *(shape, id_, author_id),
        reply_to_id=parent_id,
        root_id=shape.roots[parent_id],
        reply_to_author_id=answered or None,
    )


def _is_strangers(shape: Shape, id_: int) -> bool:
    return bool(shape.is_open[id_]) and shape.authors[id_] in shape.strangers


def _repost(shape: Shape, id_: int, reposted: set[tuple[int, int]]) -> Row | None:
    """A fifth is by a few; None if there is that repost already."""
    rng = shape.rng
    original_id = id_ - rng.randint(1, RECENT)
    while not shape.is_open[original_id]:
        original_id -= 1
    author_id = rng.choice(REPOSTERS) if rng.random() < 0.2 else shape.somebody(ACTIVITY)
    original_author = shape.authors[original_id]
    if (author_id, original_id) in reposted or author_id == original_author:
        return None
    reposted.add((author_id, original_id))
    unset = ("audience_id", "deleted_at", "language", "search_text", "reply_to_id", "root_id")
    return dict.fromkeys(unset) | {
        "id": id_,
        "author_id": author_id,
        "body": "",
        "html": "",
        "visibility": "public",
        "created_at": shape.at(id_),
        "reply_to_author_id": original_author,
        "repost_of_id": original_id,
    }


def follows_of(shape: Shape) -> Iterator[Row]:
    """Both readers follow whoever replies most; the eager one follows all who repost most."""
    rng, size = shape.rng, shape.people + 1
    near = range(15, shape.strangers.start)
    followed = {
        READER: [REPLIER, *REPOSTERS[:2], *rng.sample(near, min(47, len(near)))],
        EAGER: [REPLIER, *REPOSTERS, *rng.sample(near, min(989, len(near)))],
    }
    pairs = array("q", (one * size + other for one, many in followed.items() for other in many))
    for follower in range(15, size):
        chosen = {shape.somebody(1.7) for _ in range(shape.follows_each)} - {follower}
        if follower < 15 + shape.fans:
            chosen.add(CELEBRITY)
        pairs.extend(follower * size + one for one in chosen)
    rng.shuffle(pairs)
    for place, pair in enumerate(pairs, 1):
        follower, one = divmod(pair, size)
        at = shape.at(place / len(pairs) * shape.posts)
        yield {"id": place, "follower_id": follower, "followed_id": one, "created_at": at}


def likes_of(shape: Shape) -> Iterator[Row]:
    """One like for every fourth post, and those of one post in the last two days."""
    numbers = count(1)
    for post_id in range(4, shape.posts, 4):
        if shape.is_open[post_id]:
            yield _like(shape, next(numbers), shape.somebody(1), post_id, shape.at(post_id + 1))
    for number, at in enumerate(_liked_at(shape)):
        yield _like(shape, next(numbers), 15 + number, LIKED, stamp(at))


def _like(shape: Shape, id_: int, user_id: int, post_id: int, at: str) -> Row:
    return {"id": id_, "user_id": user_id, "post_id": post_id, "created_at": at}


def _liked_at(shape: Shape) -> list[datetime]:
    return [shape.now - timedelta(days=2) * (1 - one / shape.fans) for one in range(shape.fans)]


def notifications_of(shape: Shape) -> Iterator[Row]:
    """Those of the replies of a month, and of all likes of one post."""
    numbers = count(1)
    for id_ in range(shape.posts * 2 // 3, shape.posts + 1):
        whom = shape.answered[id_] if shape.authors[id_] else 0
        if whom and shape.roots[id_] != id_:
            yield {
                "id": next(numbers),
                "name": "reply",
                "payload": "{}",
                "user_id": whom,
                "actor_id": shape.authors[id_],
                "post_id": id_,
                "created_at": shape.at(id_),
                "read_at": None if id_ % 10 == 1 else stamp(shape.now),
            }
    for number, at in enumerate(_liked_at(shape)):
        yield {
            "id": next(numbers),
            "name": "like",
            "payload": "{}",
            "user_id": CELEBRITY,
            "actor_id": 15 + number,
            "post_id": LIKED,
            "created_at": stamp(at),
            "read_at": None,
        }


def groups_of(told: Sequence[Row]) -> Iterator[Row]:
    """One for each, but one a day for what stands together."""
    groups: dict[object, Row] = {}
    for row in told:
        is_grouped = KINDS[row["name"]].is_grouped
        day = f"{row['created_at'][:10]} 00:00:00.000000" if is_grouped else None
        key = (row["user_id"], row["post_id"], day) if is_grouped else row["id"]
        number = groups[key]["count"] + 1 if key in groups else 1
        same = {name: row[name] for name in ("name", "user_id", "post_id", "created_at", "read_at")}
        groups[key] = same | {"day": day, "count": number, "newest_id": row["id"]}
    yield from groups.values()
