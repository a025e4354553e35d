"""The indexed text of posts and people: folded words, and keys for the filters of a query."""

from collections.abc import Iterable

from app.lib.search.folding import fold

# Begins every key. A letter to all engines, but folding turns it into a plain z, so that nobody can
# write a key into a text. Stored keys have it too: another mark needs a migration.
_MARK = "\uff5a"
# The key of posts that only searches of their own author find.
NARROW_KEY = f"{_MARK}narrow"
# PostgreSQL's indexes hold it, so another size needs a migration.
BUCKET_BITS = 14


def post_text(
    author_id: int,
    text: str,
    language: str | None,
    tags: Iterable[str],
    *,
    is_public: bool = True,
) -> str:
    """Return the indexed text of a post: its words, and keys for author, tags and language.

    One that is not public has NARROW_KEY too.
    """
    # Sorted, since a database returns the tags in any order.
    keys = [author_key(author_id), *sorted(map(tag_term, tags))]
    if language:
        keys.append(language_key(language))
    if not is_public:
        keys.append(NARROW_KEY)
    return " ".join([fold(text), *keys])


def person_text(username: str, display_name: str, about_me: str) -> str:
    """Return the indexed text of a person: their words, the names first, and keys for the names."""
    names = f"{username}\n{display_name}"
    words = fold(f"{names}\n{about_me}")
    return f"{words} {name_start(fold(names))}"


def name_start(term: str) -> str:
    """Return the keys of names that begin with the words of a folded term.

    The last of them may go on: so `gard` is the start of a gardener's.
    """
    return " ".join(f"{_MARK}as{word}" for word in term.split())


def author_key(author_id: int) -> str:
    return f"{_MARK}by{author_id}"


def language_key(language: str) -> str:
    return f"{_MARK}in{fold(language)}"


def tag_term(tag: str) -> str:
    """Return the key for a tag, one word even where folding splits it."""
    return f"{_MARK}on{''.join(fold(tag).split())}"


def bucket_key(bucket: object) -> str:
    """Return the key of the rows whose ids are `bucket` without the last BUCKET_BITS bits."""
    return f"{_MARK}at{bucket}"
