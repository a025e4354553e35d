"""The `flask` command as an owner uses it: processes of their own, with a site's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120


@dataclass
class Done:
    """How a command ended, and all that it wrote."""

    code: int
    output: str


@dataclass
class CommandLine:
    """A shell on the machine of a site, with its database and a folder to work in."""

    folder: Path
    url: str
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {
            "DATABASE_URL": self.url,
            "SECRET_KEY": "a key for tests alone, thirty-two bytes and more",
            "RATELIMIT_ENABLED": "0",
            "SQLITE_SYNCHRONOUS": "NORMAL",
            "VISITOR_PAGE_SECONDS": "0",
            "PYTHONPATH": str(ROOT),
        }
        return kept | own | self.settings

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "microblog", *words],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str) -> Done:
        process = self.start(*words)
        try:
            output = process.communicate(timeout=SECONDS)[0]
        finally:
            process.kill()
        return Done(process.returncode, output)

    def succeed(self, *words: str) -> str:
        done = self.run(*words)
        assert done.code == 0, done.output
        return done.output

    @contextmanager
    def database(self) -> Iterator[sa.Connection]:
        """The site's database, with what is changed in the block kept."""
        engine = sa.create_engine(self.url)
        with engine.begin() as connection:
            yield connection
        engine.dispose()
