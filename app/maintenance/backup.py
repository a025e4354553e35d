"""Backups: the rows as a SQLite database, whatever the site uses, a manifest, and the key."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app

from app.lib.dates import utcnow
from app.maintenance import transfer
from app.services.errors import TransferError

FORMAT = 1
DATABASE, MANIFEST, KEY = "data.db", "manifest.json", "secret_key"
# Higher levels take longer and save little.
COMPRESSION = 1
BLOCK_BYTES = 1024 * 1024


def write(source: sa.Connection, file: Path) -> Iterator[int]:
    """Write what `source` sees into the new `file`, atomically.

    Yields as `transfer.copy` does.
    """
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as name:
        data = Path(name) / DATABASE
        with transfer.opened(f"sqlite:///{data}") as own:
            transfer.migrate(own)
            with transfer.locked(own) as target:
                yield from transfer.copy(source, target)
                manifest = _manifest(target)
        draft = Path(name) / "draft"
        _pack(draft, data, manifest)
        draft.replace(file)


def _manifest(connection: sa.Connection) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": utcnow().isoformat(timespec="seconds"),
        "revision": transfer.newest_revision(),
        "rows": transfer.counts(connection),
    }


def _pack(draft: Path, data: Path, manifest: dict[str, Any]) -> None:
    # It contains emails and password hashes, so no other user may read it.
    draft.touch(mode=0o600)
    with draft.open("wb") as raw:
        with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
            archive.write(data, DATABASE)
            if (key := _key_file()).exists():
                archive.write(key, KEY)
            manifest["sha256"] = _digest(data)
            archive.writestr(MANIFEST, json.dumps(manifest, indent=2))
        raw.flush()
        os.fsync(raw.fileno())


def _key_file() -> Path:
    return Path(current_app.instance_path) / KEY


def _digest(file: Path) -> str:
    with file.open("rb") as raw:
        return file_digest(raw, "sha256").hexdigest()


@contextmanager
def unpacked(file: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The database in a backup, as a file that exists during the block, and its manifest.

    Raises TransferError if the backup is damaged or not readable.
    """
    # The backup's own folder may be read-only.
    instance = current_app.instance_path
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=instance) as name:
        data = Path(name) / DATABASE
        try:
            manifest = _unpack(file, data)
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise TransferError(f"{file} is not a readable backup: {error}") from error
        _check(data, manifest)
        yield data, manifest


def _unpack(file: Path, data: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if manifest["format"] != FORMAT:
            raise ValueError("it was made by a newer version")
        # A damaged byte fails here: each file in a zip has a checksum.
        archive.extract(DATABASE, data.parent)
    if _digest(data) != manifest["sha256"]:
        raise ValueError("its data does not match its checksum")
    return manifest


def _check(data: Path, manifest: dict[str, Any]) -> None:
    """Raises TransferError unless the database is intact and has the rows of the manifest."""
    connection = sqlite3.connect(f"file:{data}?mode=ro", uri=True)
    try:
        problems = connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
        problems |= bool(connection.execute("PRAGMA foreign_key_check").fetchall())
        for table, rows in manifest["rows"].items():
            count = f'SELECT count(*) FROM "{table}"'  # noqa: S608
            problems |= connection.execute(count).fetchone() != (rows,)
    except sqlite3.Error as error:
        raise TransferError(f"the backup is damaged: {error}") from error
    finally:
        connection.close()
    if problems:
        raise TransferError("the backup is damaged: its rows do not match its manifest")


def restore_key(file: Path) -> bool:
    """Restore the secret key from the backup. False if it has none.

    Without the key, links in emails that were sent before the backup do not work.
    """
    with zipfile.ZipFile(file) as archive:
        if KEY not in archive.namelist():
            return False
        key = archive.read(KEY)
    draft = _key_file().with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_bytes(key)
    draft.replace(_key_file())
    return True
