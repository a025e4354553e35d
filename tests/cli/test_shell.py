"""`flask shell`: what it knows without an import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import config
from app import models


@pytest.mark.server
def test_the_shell_knows_the_database_and_every_model(tmp_path: Path) -> None:
    names = sorted({"app", "db", "sa", "so", *models.__all__})
    asked = f"print('all', all(name in globals() for name in {names}))\n"
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "microblog", "shell"],
        cwd=config.ROOT,
        env={"DATABASE_URL": f"sqlite:///{tmp_path}/app.db"},
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "all True" in done.stdout
