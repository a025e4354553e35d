"""Every service has its own test file, at the path that mirrors it."""

from __future__ import annotations

import ast
from pathlib import Path

import config

SERVICES = config.ROOT / "app" / "services"
TESTS = config.ROOT / "tests" / "services"


def has_code(path: Path) -> bool:
    """Whether there is more in the file than its docstring, as in most `__init__.py`."""
    return len(ast.parse(path.read_text()).body) > 1


def mirror_of(path: Path) -> Path:
    """Where the service at `path` is tested; a package is tested beside its own modules."""
    name = path.parent.name if path.stem == "__init__" else path.stem
    return TESTS / path.relative_to(SERVICES).with_name(f"test_{name}.py")


def test_every_service_has_a_test_file_at_its_mirrored_path() -> None:
    # Named failures have no behavior of their own.
    services = [path for path in SERVICES.rglob("*.py") if path.stem != "errors" and has_code(path)]
    assert len(services) > 20
    expected = sorted(mirror_of(path) for path in services)
    missing = [str(path.relative_to(config.ROOT)) for path in expected if not path.is_file()]
    assert not missing, "\n".join(["no tests at", *missing])
