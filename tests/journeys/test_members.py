"""The members that journeys add: each by one test, since all tests of a process share a site."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path


def test_no_two_tests_add_a_member_of_one_name() -> None:
    tests_of: dict[str, set[str]] = defaultdict(set)
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for name in _names_added(node):
                    tests_of[name].add(f"{path.name}::{node.name}")
    assert tests_of
    assert {name: tests for name, tests in tests_of.items() if len(tests) > 1} == {}


def _names_added(test: ast.FunctionDef) -> list[str]:
    calls = [node for node in ast.walk(test) if isinstance(node, ast.Call) and node.args]
    return [
        call.args[0].value
        for call in calls
        if ast.unparse(call.func) in ("new_member", "site.add_member")
        and isinstance(call.args[0], ast.Constant)
    ]
