"""Surfaces: groups of routes that differ in how clients sign in and in what an error looks like.

Each blueprint declares its surface once; a view may override it. A URL without a route belongs to
the surface whose prefix it starts with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException

from app.web.problem_json import problem

View = TypeVar("View", bound=Callable[..., object])
ErrorWriter = Callable[[int, HTTPException | None], Response]

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "object-src 'none'; manifest-src 'self'"
)
# JSON loads nothing, so nothing is allowed.
JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Surface:
    """How a group of routes talks to its clients."""

    # Whether cookies are read: sessions, CSRF tokens, a chosen language, redirects to sign-in.
    uses_cookies: bool
    content_security_policy: str
    # How errors are written; None: as an HTML page.
    write_error: ErrorWriter | None = None


PAGES = Surface(uses_cookies=True, content_security_policy=PAGE_POLICY)
JSON = Surface(uses_cookies=False, content_security_policy=JSON_POLICY, write_error=problem)


def declare(app: Flask, blueprint: Blueprint, surface: Surface) -> None:
    """Assign `blueprint`, and unknown URLs under its prefix, to `surface`."""
    _surfaces(app)[blueprint.name] = (surface, blueprint.url_prefix or "/")


def as_page(view: View) -> View:
    """Mark a view as an HTML page although its blueprint has another surface."""
    view.surface = PAGES  # type: ignore[attr-defined]
    return view


def current_surface() -> Surface:
    """The surface of this request; PAGES if none was declared."""
    surfaces = _surfaces(current_app)
    if request.endpoint is None:
        return next((s for s, prefix in surfaces.values() if _is_below(prefix)), PAGES)
    view = current_app.view_functions[request.endpoint]
    own: Surface | None = getattr(view, "surface", None)
    declared, _ = surfaces.get(request.blueprint or "", (PAGES, ""))
    return own or declared


def _is_below(prefix: str) -> bool:
    return request.path == prefix or request.path.startswith(f"{prefix}/")


def _surfaces(app: Flask) -> dict[str, tuple[Surface, str]]:
    surfaces: dict[str, tuple[Surface, str]] = app.extensions.setdefault("surfaces", {})
    return surfaces
