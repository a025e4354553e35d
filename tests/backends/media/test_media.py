"""What every store of media does, whichever it is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from app.backends import media
from app.backends.media import Media, get_media, key_for, new_name
from app.backends.media.folder import FolderMedia
from app.lib.dates import utcnow
from tests.support.s3_server import S3Server, store_at

CONTENT = b"RIFF\0\0\0\0WEBP" + bytes(range(256)) * 4
KINDS = ["folder", pytest.param("s3", marks=pytest.mark.server)]
NOT_KEYS = [
    "",
    "public",
    "public/../../etc/passwd",
    "public/" + "a" * 32 + "/../400.webp",
    "public/" + "A" * 32 + "/400.webp",
    "public/" + "a" * 31 + "/400.webp",
    "other/" + "a" * 32 + "/400.webp",
    "/public/" + "a" * 32 + "/400.webp",
    "public/" + "a" * 32 + "/400.webp\n",
    "public/" + "a" * 32 + "/400.webp\0",
    "public/" + "a" * 32 + "/400.html",
    "public/" + "a" * 32 + "/.webp",
    "public/" + "a" * 32 + "/4%2e0.webp",
    "public/" + "a" * 32 + "/٤٠٠.webp",
    "drafts/" + "a" * 32,
]


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    if request.param == "folder":
        return FolderMedia(tmp_path / "media")
    server: S3Server = request.getfixturevalue("s3_server")
    return store_at(server.new_bucket())


def new_key(size: str = "400", area: media.base.Area = "public") -> str:
    return key_for(area, new_name(), size)


def test_what_was_put_comes_back(store: Media) -> None:
    key, other = new_key(), new_key("960-still", "private")
    store.put(key, CONTENT)
    store.put(other, b"")
    assert (store.get(key), store.get(other)) == (CONTENT, b"")


def test_what_is_not_there_is_none(store: Media) -> None:
    assert store.get(new_key()) is None
    store.put(new_key(), CONTENT)
    assert store.get(new_key()) is None


def test_a_second_put_replaces_the_first(store: Media) -> None:
    key = new_key()
    store.put(key, CONTENT)
    store.put(key, b"other")
    assert store.get(key) == b"other"


def test_what_was_deleted_is_gone_however_often(store: Media) -> None:
    name = new_name()
    key, sibling = key_for("public", name, "400"), key_for("public", name, "960")
    for one in (key, sibling):
        store.put(one, CONTENT)
    for _ in range(2):
        store.delete(key)
        assert (store.get(key), store.get(sibling)) == (None, CONTENT)
    store.delete(sibling)
    assert list(store.list()) == []


def test_what_was_moved_has_its_new_key_alone_however_often(store: Media) -> None:
    key, private = new_key(), new_key(area="private")
    store.put(key, CONTENT)
    for _ in range(2):
        store.move(key, private)
        assert (store.get(key), store.get(private)) == (None, CONTENT)
    store.move(private, private)
    store.move(new_key(), new_key())
    assert [file.key for file in store.list()] == [private]


def test_the_list_has_every_file(store: Media) -> None:
    assert list(store.list()) == []
    began = utcnow() - timedelta(seconds=2)
    keys = [new_key(size, area) for size in ("96", "1920") for area in media.base.AREAS]
    for length, key in enumerate(keys, 1):
        store.put(key, b"x" * length)
    found = {file.key: file for file in store.list()}
    assert [found[key].size for key in keys] == [1, 2, 3, 4] and len(found) == 4
    until = utcnow() + timedelta(seconds=2)
    assert all(began <= file.stored_at <= until for file in found.values())


@pytest.mark.parametrize("key", NOT_KEYS)
def test_nothing_but_a_key_names_a_file(store: Media, key: str) -> None:
    good = new_key()
    for call in (
        lambda: store.put(key, CONTENT),
        lambda: store.get(key),
        lambda: store.delete(key),
        lambda: store.move(key, good),
        lambda: store.move(good, key),
    ):
        with pytest.raises(ValueError, match="not a key"):
            call()
    assert list(store.list()) == []


def test_many_threads_use_it_at_once(store: Media) -> None:
    keys = [new_key() for _ in range(24)]

    def keep(key: str) -> bytes | None:
        store.put(key, key.encode())
        return store.get(key)

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(keep, keys)) == [key.encode() for key in keys]


def test_names_differ_and_make_keys() -> None:
    assert new_name() != new_name()
    assert key_for("public", "a" * 32, "400") == f"public/{'a' * 32}/400.webp"
    with pytest.raises(ValueError, match="not a key"):
        key_for("public", "../x", "400")


def test_the_settings_choose_the_store(app: Flask, tmp_path: Path) -> None:
    app.config["MEDIA_FOLDER"] = tmp_path
    before = app.extensions["media"]
    try:
        media.init_app(app)
        chosen = get_media()
        assert isinstance(chosen, FolderMedia) and chosen.folder == tmp_path
        app.config |= {"MEDIA_S3_URL": "https://s3.example.org/club"}
        app.config |= {"MEDIA_S3_KEY_ID": "id", "MEDIA_S3_SECRET": "hunter2"}
        media.init_app(app)
        assert get_media().url == "https://s3.example.org/club"
        assert "hunter2" not in repr(get_media())
    finally:
        app.extensions["media"] = before
