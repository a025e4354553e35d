"""Cards: posts as lists show them. A card that is needed again is kept instead of rendered again.

The key of a card is everything that it shows or depends on, so nothing has to be told when a post,
its author or the reader's settings change: the key is another one then. What a reader may see is
decided before, by the statement that chooses the posts of a list.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence

from flask import Flask, current_app, request
from flask_babel import get_timezone
from markupsafe import Markup

from app.lib.bounded_cache import BoundedCache
from app.models import Post, User
from app.models.posts.entry import Entry
from app.policies import may_like, may_translate, may_write
from app.services.community import filters
from app.services.community.filters import Match
from app.services.posts import translations
from app.web.filters import current_year, relative_step
from app.web.locale import page_language
from app.web.viewer import viewer

# Of all cards together. A card of a short post has about 2,000 characters, of one to four bytes.
KEPT_CHARACTERS_MAX = 2_000_000


class Cards:
    """The cards that an app keeps."""

    def __init__(self) -> None:
        self._kept = BoundedCache[str](KEPT_CHARACTERS_MAX)

    def of(
        self,
        rows: Sequence[Post | Entry],
        terms: Collection[str] = (),
        context: str | None = None,
        *,
        leaves_out: bool = True,
    ) -> list[Markup]:
        """The cards of posts for the viewer, with the folded `terms` marked in them.

        What the viewer filters in this context (None: nothing) is folded, or left out. Reposts say
        whose they are.
        """
        posts = [_post_of(row) for row in rows]
        matches = filters.matching(viewer(), posts, context) if context else {}
        if leaves_out and matches:
            rows = [row for row in rows if not (m := matches.get(_post_of(row).id)) or not m.hides]
            posts = [_post_of(row) for row in rows]
        cards = self._of(posts, terms)
        if matches:
            pairs = zip(posts, cards, strict=True)
            cards = [_fold(m, card) if (m := matches.get(one.id)) else card for one, card in pairs]
        return [
            _repost(row, card) if isinstance(row, Entry) and row.reposter else card
            for row, card in zip(rows, cards, strict=True)
        ]

    def _of(self, posts: Sequence[Post], terms: Collection[str]) -> list[Markup]:
        if terms:
            return [_render(post, terms) for post in posts]
        person, language = viewer(), page_language()
        # Whoever may write has other buttons than other members, and these than visitors.
        reader = (person is not None, may_write(person))
        page = (language, get_timezone(), current_year(), request.script_root, reader)
        return [self._card(post, person, language, page) for post in posts]

    def _card(self, post: Post, person: User | None, language: str, page: Hashable) -> Markup:
        buttons = (may_like(person, post), _is_translatable(person, post, language))
        key = (_content(post), relative_step(post.created_at), buttons, page)
        card = self._kept.get(key)
        if card is None:
            card = _render(post)
            self._kept.put(key, card)
        return Markup(card)  # noqa: S704 (rendered by us)


def _content(post: Post) -> Hashable:
    """What a card shows of a post and its author.

    Python's hashes of strings are keyed by a secret of the process, so nobody can write a second
    text with the hash of a first.
    """
    author = post.author
    return (
        (post.id, post.title, hash(post.html), len(post.body), post.language, post.note),
        (post.created_at, post.edited_at, post.hidden_at, post.visibility),
        (post.replies_count, post.reposts_count, post.likes_count),
        (post.is_reposted, post.is_liked, post.is_bookmarked),
        (post.is_reply, post.reply_to_author_id, post.replied_username),
        (author.username, author.name, author.avatar_seed, author.is_indexable),
    )


def is_translatable(post: Post) -> bool:
    """Whether to show the viewer the translate button below `post`."""
    return _is_translatable(viewer(), post, page_language())


def _is_translatable(person: User | None, post: Post, language: str) -> bool:
    return may_translate(person, post, language) and translations.is_available()


def _render(post: Post, terms: Collection[str] = ()) -> Markup:
    template = current_app.jinja_env.get_template("components/post_card.html")
    card: Markup = template.module.post_card(post, terms)  # type: ignore[attr-defined]
    return card


def _post_of(row: Post | Entry) -> Post:
    return row.post if isinstance(row, Entry) else row


def _repost(entry: Entry, card: Markup) -> Markup:
    template = current_app.jinja_env.get_template("components/reposted_post.html")
    reposted: Markup = template.module.reposted_post(entry, card)  # type: ignore[attr-defined]
    return reposted


def _fold(match: Match, card: Markup) -> Markup:
    template = current_app.jinja_env.get_template("components/filtered_post.html")
    folded: Markup = template.module.filtered_post(match.names, card)  # type: ignore[attr-defined]
    return folded


def init_app(app: Flask) -> None:
    app.jinja_env.globals |= {"post_cards": Cards().of, "is_translatable": is_translatable}
