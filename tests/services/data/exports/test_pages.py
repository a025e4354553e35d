"""The pages of an archive: by month where their author lives, and searchable without a server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from app.models import User
from app.services.data.exports import pages
from app.services.data.exports.pages import ArchiveItem, ArchivePages
from app.services.data.exports.zip import ZipWriter

MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


def item(number: int, at: datetime = MIDNIGHT, **values: str | None) -> ArchiveItem:
    made = ArchiveItem("posts", number, f"Post {number}", f"<p>Post {number}</p>", at)
    return replace(made, **values)


def written(folder: Path, user: User, items: Sequence[ArchiveItem]) -> dict[str, str]:
    """The files of the archive, by name."""
    with ZipWriter(folder / "archive.zip") as zipped:
        archive = ArchivePages(user, zipped)
        archive.add(items)
        archive.finish()
    with ZipFile(folder / "archive.zip") as zip_file:
        return {name: zip_file.read(name).decode() for name in zip_file.namelist()}


def page_names(files: dict[str, str]) -> list[str]:
    return [name for name in files if name.endswith(".html")]


def found_in(script: str) -> list[list[str]]:
    return list(json.loads(script.removeprefix("archivePart(").removesuffix(");\n")))


@pytest.mark.parametrize(
    ("zone", "months"),
    [
        ("UTC", ["2025-12", "2026-01"]),
        ("Asia/Tokyo", ["2026-01"]),
        ("America/Lima", ["2025-12"]),
        (None, ["2025-12", "2026-01"]),
    ],
)
def test_a_month_is_that_of_the_author(ana, tmp_path, zone, months):
    ana.time_zone = zone
    items = [item(n, MIDNIGHT + timedelta(minutes=n)) for n in (-1, 1)]
    expected = [*(f"posts/{month}.html" for month in months), "index.html"]
    assert page_names(written(tmp_path, ana, items)) == expected


def test_posts_and_messages_of_a_month_are_different_pages(ana, tmp_path):
    sent = [item(1, kind="messages", to="ben"), item(2, kind="messages", to=None)]
    files = written(tmp_path, ana, [item(1), *sent])
    assert page_names(files) == ["posts/2026-01.html", "messages/2026-01.html", "index.html"]
    assert 'id="posts-1"' in files["posts/2026-01.html"]
    assert 'id="messages-2"' in files["messages/2026-01.html"]
    assert "ben" in files["messages/2026-01.html"]


def test_a_full_page_is_followed_by_another_of_the_same_month(ana, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "ITEMS_PER_PAGE", 2)
    files = written(tmp_path, ana, [item(n) for n in range(1, 4)])
    assert page_names(files) == ["posts/2026-01.html", "posts/2026-01-2.html", "index.html"]
    assert "posts-2" in files["posts/2026-01.html"]
    assert "posts-3" in files["posts/2026-01-2.html"]
    assert "posts/2026-01-2.html" in files["index.html"]


def test_the_first_page_shows_the_newest_posts_last_written_first(ana, tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "NEWEST_SHOWN", 2)
    files = written(tmp_path, ana, [item(n) for n in range(1, 5)])
    places = [files["index.html"].find(f"<p>Post {number}</p>") for number in range(1, 5)]
    assert places[:2] == [-1, -1]
    assert 0 < places[3] < places[2]


def test_what_is_searched_names_the_place_and_the_words_in_files_of_limited_size(
    ana, tmp_path, monkeypatch
):
    monkeypatch.setattr(pages, "ITEMS_PER_SEARCH_FILE", 1)
    items = [
        item(1, title="Fair"),
        item(2, MIDNIGHT + timedelta(days=40), html="<p>“a”&lt;/script&gt;</p>"),
    ]
    files = written(tmp_path, ana, items)
    first, second = (found_in(files[f"search/{number}.js"]) for number in (1, 2))
    assert first == [["posts/2026-01.html#posts-1", "January 1, 2026", "Fair\nPost 1"]]
    assert second == [["posts/2026-02.html#posts-2", "February 10, 2026", "“a”</script>"]]
    assert "search/3.js" not in files


def test_a_post_with_a_note_is_folded_on_its_page(ana, tmp_path):
    files = written(tmp_path, ana, [item(1, title="Fair", note="<food>"), item(2)])
    page = files["posts/2026-01.html"]
    assert page.count("<details") == page.count("</details>") == 1
    summary, rest = page.split("<summary>")[1].split("</summary>")
    assert "Content note: <bdi>&lt;food&gt;</bdi>" in summary
    folded = rest.split("</details>")[0]
    assert "Fair" in folded and "Post 1" in folded and "Post 2" not in folded
    assert found_in(files["search/1.js"])[0][2] == "<food>\nFair\nPost 1"


def test_an_archive_without_posts_is_a_first_page_that_looks_right(ana, tmp_path):
    files = written(tmp_path, ana, [])
    assert page_names(files) == ["index.html"]
    for name in ("site.css", "archive.css", "search.js", "avatar.svg"):
        assert files[f"style/{name}"]
    assert "Ana Duarte" in files["index.html"]


def test_links_lead_back_to_the_site(app, ana, tmp_path):
    html = '<p><a href="/user/ben">@ben</a></p>'
    files = written(tmp_path, ana, [item(1, html=html)])
    assert f'href="{app.config["BASE_URL"]}/user/ben"' in files["posts/2026-01.html"]
