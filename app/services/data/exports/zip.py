"""Streaming zip files: memory use does not grow with the content."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

# Half the time of the default level for a tenth more bytes.
COMPRESSION_LEVEL = 3
COPY_BYTES = 1 << 20


class ZipWriter:
    """A zip file at `path`, complete and on the disk after the `with` block.

    If the block fails, the file is deleted. Names are paths inside it, with slashes.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lists: dict[str, JsonList] = {}

    def __enter__(self) -> ZipWriter:
        self._zip = ZipFile(self._path, "x", ZIP_DEFLATED, compresslevel=COMPRESSION_LEVEL)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                for name, rows in self._lists.items():
                    self._copy(name, rows)
            self._zip.close()
            if kind is None:
                with self._path.open("rb") as file:
                    os.fsync(file.fileno())
        except BaseException:
            self._path.unlink(missing_ok=True)
            raise
        finally:
            for rows in self._lists.values():
                rows.file.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def add(self, name: str, content: str | bytes) -> None:
        """Add a whole file; text becomes UTF-8."""
        self._zip.writestr(name, content)

    def add_json(self, name: str, value: Any) -> None:
        self.add(name, json.dumps(value, ensure_ascii=False, indent=2) + "\n")

    def add_list(self, name: str, key: str) -> JsonList:
        """Add a JSON file `{key: [...]}` that may grow while other files are added."""
        self._lists[name] = JsonList(key, self._path.parent)
        return self._lists[name]

    def _copy(self, name: str, rows: JsonList) -> None:
        rows.end()
        with self._zip.open(name, "w", force_zip64=True) as target:
            shutil.copyfileobj(rows.file, target, COPY_BYTES)


class JsonList:
    """One list in a JSON file, buffered on the disk until it is complete."""

    def __init__(self, key: str, folder: Path) -> None:
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 (its writer closes it)
        self.file.write(f"{{{json.dumps(key)}: [".encode())
        self._lead = "\n"

    def extend(self, rows: Iterable[Any]) -> None:
        # In one call, which takes a third of the time of one call per row.
        if inner := json.dumps(list(rows), ensure_ascii=False)[1:-1]:
            self.file.write((self._lead + inner).encode())
            self._lead = ",\n"

    def end(self) -> None:
        self.file.write(b"\n]}\n")
        self.file.seek(0)
