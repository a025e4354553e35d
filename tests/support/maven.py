"""Servers for tests that their makers offer through Maven, fetched once into a cache."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest


def fetch(artifact: str, file: Path) -> None:
    """Bring `artifact` to `file`, as the build tool of its makers offers it."""
    if file.exists():
        print(f"Already there: {file}")
        return
    if shutil.which("mvn") is None:
        sys.exit("Install the Debian packages maven and openjdk-17-jre-headless first.")
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent) as draft:
        copy = ["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={artifact}"]
        subprocess.run([*copy, f"-DoutputDirectory={draft}"], check=True, cwd=draft)
        # At once: nobody finds half a file.
        (Path(draft) / file.name).rename(file)
    print(f"Fetched {file}")


def java_home(given: str | None, what: str) -> Path:
    """Where Java is: at `given`, or where Debian has it. Skips the test of `what` without one."""
    homes = [*Path("/usr/lib/jvm").glob("java-17-*"), *Path("/usr/lib/jvm").glob("java-21-*")]
    for home in [Path(given), *homes] if given else homes:
        if (home / "bin" / "java").exists():
            return home
    pytest.skip(f"{what}: install the Debian package openjdk-17-jre-headless")
