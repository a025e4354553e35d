"""A folder on this machine, or one that all machines of the site share."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from app.backends.media.base import AREAS, KEY, MediaUnavailableError, StoredFile, checked

# nginx serves the public files itself, as another user. Of the others it learns nothing.
FOLDER_MODES = {"public": 0o755, "private": 0o700}
FILE_MODES = {"public": 0o644, "private": 0o600}
# Files begin here. What is this old was left by a process that was killed.
DRAFTS = "drafts"
DRAFT_SECONDS = 3600


class FolderMedia:
    """Files in `folder`, each at the path that is its key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, content: bytes) -> None:
        path = self._path_of(key)
        with _failing():
            draft = self._draft(content, FILE_MODES[_area_of(key)])
            self._rename(draft, path)

    def get(self, key: str) -> bytes | None:
        path = self._path_of(key)
        with _failing():
            try:
                return path.read_bytes()
            except FileNotFoundError:
                return None

    def move(self, key: str, new_key: str) -> None:
        path, new_path = self._path_of(key), self._path_of(new_key)
        if key == new_key:
            return
        with _failing(), suppress(FileNotFoundError):
            # Before anybody else can open it at its new place.
            path.chmod(FILE_MODES[_area_of(new_key)])
            self._rename(path, new_path)
            _sync(path.parent)
            _remove_if_empty(path.parent)

    def delete(self, key: str) -> None:
        path = self._path_of(key)
        with _failing(), suppress(FileNotFoundError):
            path.unlink()
            _sync(path.parent)
            _remove_if_empty(path.parent)

    def list(self) -> Iterator[StoredFile]:
        with _failing():
            for area in AREAS:
                for path in self.folder.glob(f"{area}/*/*"):
                    key = path.relative_to(self.folder).as_posix()
                    with suppress(FileNotFoundError):
                        status = path.stat()
                        if KEY.fullmatch(key):
                            stored_at = datetime.fromtimestamp(status.st_mtime, UTC)
                            yield StoredFile(key, status.st_size, stored_at)

    def _path_of(self, key: str) -> Path:
        return self.folder / checked(key)

    def _draft(self, content: bytes, mode: int) -> Path:
        """A complete file that nobody looks for."""
        drafts = self.folder / DRAFTS
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        drafts.mkdir(mode=0o700, exist_ok=True)
        _remove_old(drafts)
        draft = drafts / secrets.token_hex(16)
        try:
            with draft.open("xb") as file:
                # Whatever the mask of this process is.
                os.fchmod(file.fileno(), mode)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return draft

    def _rename(self, source: Path, target: Path) -> None:
        try:
            self._make_folder_of(target)
            source.replace(target)
        except FileNotFoundError:
            # Whoever deleted the last file in that folder has deleted the folder too.
            self._make_folder_of(target)
            source.replace(target)
        _sync(target.parent)

    def _make_folder_of(self, path: Path) -> None:
        area, picture = path.parent.parent, path.parent
        for folder in (area, picture):
            with suppress(FileExistsError):
                folder.mkdir()
                folder.chmod(FOLDER_MODES[area.name])
                _sync(folder.parent)


@contextmanager
def _failing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # A full disk, or a folder of somebody else.
        raise MediaUnavailableError(f"{type(error).__name__}: {error.strerror}") from error


def _area_of(key: str) -> str:
    return key.partition("/")[0]


def _sync(folder: Path) -> None:
    """Have what was renamed in `folder` survive a crash."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_if_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _remove_old(drafts: Path) -> None:
    oldest = time.time() - DRAFT_SECONDS
    for draft in drafts.iterdir():
        with suppress(FileNotFoundError):
            if draft.stat().st_mtime < oldest:
                draft.unlink()
