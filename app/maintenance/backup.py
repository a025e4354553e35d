"""Backups: the rows as a SQLite database, whatever the site uses, and what belongs to them."""

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
# More would take longer and save little.
COMPRESSION = 1
BLOCK_BYTES = 1024 * 1024


def write(source: sa.Connection, file: Path) -> Iterator[int]:
    """Write what `source` sees into the new `file`, whole or not at all.

    Yields as `databases.copy` does.
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
    # Addresses and hashes of passwords are in it: nobody else on this machine may read it.
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
    """The database in a backup, as a file for the while of the block, and what is said about it.

    Raises TransferError when anything in the backup is not as it was written.
    """
    # The folder of the backup may be one that cannot be written.
    instance = current_app.instance_path
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=instance) as name:
        data = Path(name) / DATABASE
        try:
            manifest = _unpack(file, data)
        except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
            raise TransferError(f"{file} is no backup that can be read: {error}") from error
        _check(data, manifest)
        yield data, manifest


def _unpack(file: Path, data: Path) -> dict[str, Any]:
    with zipfile.ZipFile(file) as archive:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if manifest["format"] != FORMAT:
            raise ValueError("a newer version has made it")
        # A damaged byte fails here: each file in a zip has its checksum.
        archive.extract(DATABASE, data.parent)
    if _digest(data) != manifest["sha256"]:
        raise ValueError("its data is not what was written")
    return manifest


def _check(data: Path, manifest: dict[str, Any]) -> None:
    """The database is whole and has the rows that were counted."""
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
        raise TransferError("the backup is damaged: its rows are not those that were written")


def restore_key(file: Path) -> bool:
    """Put the secret key of the backup in its place. False when it has none.

    Without it, links in mails that were sent before the backup would not work.
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
