"""Conditions that are one piece of SQL, for those that nearly every statement needs.

To build them of parts takes SQLAlchemy as long as all the rest of a statement.
"""

from __future__ import annotations

from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Condition(FunctionElement[bool]):
    """A condition on its arguments; `sql` has `{0}`, `{1}` and so on where they stand."""

    type = sa.Boolean()
    inherit_cache = True
    sql: ClassVar[str]


@compiles(Condition)
def _compile(element: Condition, compiler: SQLCompiler, **options: Any) -> str:
    arguments = (compiler.process(part, **options) for part in element.clauses)
    return f"({element.sql.format(*arguments)})"
