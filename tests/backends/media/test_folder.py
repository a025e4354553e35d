"""The folder of media: whole files, for the right eyes."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import config
from app.backends.media import MediaUnavailableError, key_for, new_name
from app.backends.media.folder import DRAFTS, FolderMedia

PUBLIC, PRIVATE = (key_for(area, "ab" * 16, "400") for area in ("public", "private"))
# Writes two contents in turn until it is killed.
WRITER = """
import sys
from pathlib import Path
from app.backends.media.folder import FolderMedia
store = FolderMedia(Path(sys.argv[1]))
while True:
    for letter in b"ab":
        store.put(sys.argv[2], bytes([letter]) * 3_000_000)
        print(flush=True)
"""


@pytest.fixture
def store(tmp_path: Path) -> FolderMedia:
    return FolderMedia(tmp_path / "media")


@contextmanager
def mask(value: int) -> Iterator[None]:
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o077, 0o022, 0])
def test_nginx_reads_public_files_and_nobody_else_the_others(
    store: FolderMedia, umask: int
) -> None:
    with mask(umask):
        for key in (PUBLIC, PRIVATE):
            store.put(key, b"content")
    modes = {key: mode_of(store.folder / key) for key in (PUBLIC, PRIVATE)}
    assert modes == {PUBLIC: 0o644, PRIVATE: 0o600}
    folders = [mode_of(path) for path in (store.folder / PUBLIC).parents[:2]]
    assert folders == [0o755, 0o755]
    folders = [mode_of(path) for path in (store.folder / PRIVATE).parents[:2]]
    assert folders == [0o700, 0o700]
    assert mode_of(store.folder / DRAFTS) == 0o700


def test_a_moved_file_is_for_the_eyes_of_its_new_place(store: FolderMedia) -> None:
    store.put(PUBLIC, b"content")
    store.move(PUBLIC, PRIVATE)
    assert mode_of(store.folder / PRIVATE) == 0o600
    store.move(PRIVATE, PUBLIC)
    assert mode_of(store.folder / PUBLIC) == 0o644
    # A folder for each picture goes with its last file.
    assert list((store.folder / "private").iterdir()) == []


def test_what_a_killed_process_left_goes_after_an_hour(store: FolderMedia) -> None:
    store.put(PUBLIC, b"content")
    old, new = (store.folder / DRAFTS / name for name in ("old", "new"))
    for draft in (old, new):
        draft.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    store.put(PRIVATE, b"content")
    assert (old.exists(), new.exists()) == (False, True)
    assert {file.key for file in store.list()} == {PUBLIC, PRIVATE}


def test_other_files_are_not_in_the_list(store: FolderMedia) -> None:
    store.put(PUBLIC, b"content")
    (store.folder / PUBLIC).with_name("notes.txt").touch()
    assert [file.key for file in store.list()] == [PUBLIC]


def test_a_put_that_fails_leaves_what_was_there(
    store: FolderMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(PUBLIC, b"content")

    def no_room(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_room)
    with pytest.raises(MediaUnavailableError, match="No space left"):
        store.put(PUBLIC, b"other")
    monkeypatch.undo()
    assert store.get(PUBLIC) == b"content"
    assert list((store.folder / DRAFTS).iterdir()) == []


@pytest.mark.parametrize("call", ["put", "get", "list"])
def test_a_folder_that_cannot_be_used_is_not_available(tmp_path: Path, call: str) -> None:
    (tmp_path / "media").write_text("a file")
    (tmp_path / "other").mkdir()
    store = FolderMedia(tmp_path / "media")
    if call == "put":
        with pytest.raises(MediaUnavailableError):
            store.put(PUBLIC, b"content")
    elif call == "get":
        with pytest.raises(MediaUnavailableError):
            store.get(PUBLIC)
    else:
        assert list(store.list()) == []


def test_a_folder_that_was_deleted_in_between_is_made_again(
    store: FolderMedia, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = store._make_folder_of
    calls: list[Path] = []

    def make_and_lose(path: Path) -> None:
        make(path)
        calls.append(path)
        if len(calls) == 1:
            path.parent.rmdir()

    monkeypatch.setattr(store, "_make_folder_of", make_and_lose)
    store.put(PUBLIC, b"content")
    assert store.get(PUBLIC) == b"content"


@pytest.mark.server
@pytest.mark.slow
def test_a_writer_that_is_killed_leaves_old_or_new_content(store: FolderMedia) -> None:
    key = key_for("public", new_name(), "400")
    for _ in range(2):
        command = [sys.executable, "-c", WRITER, str(store.folder), key]
        writer = subprocess.Popen(command, cwd=config.ROOT, stdout=subprocess.PIPE)
        assert writer.stdout is not None
        with writer.stdout:
            for _ in range(3):
                writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        content = store.get(key)
        assert content in (b"a" * 3_000_000, b"b" * 3_000_000)
