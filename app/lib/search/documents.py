"""What posts and people are found by: folded words, and keys for what a query can filter by."""

from collections.abc import Iterable

from app.lib.search.folding import fold


def post_text(author_id: int, text: str, language: str | None, tags: Iterable[str]) -> str:
    """Return what a post is found by: the words of `text`, and keys for author, tags, language."""
    # Sorted, since a database gives the tags in any order.
    keys = [author_key(author_id), *sorted(map(tag_term, tags))]
    if language:
        keys.append(language_key(language))
    return " ".join([fold(text), *keys])


def person_text(username: str, display_name: str, about_me: str) -> str:
    """Return what a person is found by, the names first."""
    return fold(f"{username}\n{display_name}\n{about_me}")


def author_key(author_id: int) -> str:
    return f"zzby{author_id}"


def language_key(language: str) -> str:
    return f"zzin{fold(language)}"


def tag_term(tag: str) -> str:
    """Return the key for a tag; several words stay a phrase."""
    return f"zzon{''.join(fold(tag).split())}"
