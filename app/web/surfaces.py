"""Surfaces: groups of routes that differ in how clients sign in and in what an error looks like.

Each blueprint declares its surface once; a view may stand out from its blueprint. An address that
leads nowhere belongs to the surface below whose prefix it is.
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
# JSON shows nothing, so nothing is allowed.
JSON_POLICY = "default-src 'none'; frame-ancestors 'none'"


@dataclass(frozen=True)
class Surface:
    """How a group of routes talks to its clients."""

    # Whether cookies count: sessions, CSRF tokens, a chosen language, a way to the sign-in page.
    uses_cookies: bool
    content_security_policy: str
    # How errors are written; None: as a page of the site.
    write_error: ErrorWriter | None = None


PAGES = Surface(uses_cookies=True, content_security_policy=PAGE_POLICY)
JSON = Surface(uses_cookies=False, content_security_policy=JSON_POLICY, write_error=problem)


def declare(app: Flask, blueprint: Blueprint, surface: Surface) -> None:
    """Everything of `blueprint`, and what is missing below its prefix, is of `surface`."""
    _surfaces(app)[blueprint.name] = (surface, blueprint.url_prefix or "/")


def as_page(view: View) -> View:
    """For a page of the site among the routes of another surface."""
    view.surface = PAGES  # type: ignore[attr-defined]
    return view


def current_surface() -> Surface:
    """The surface of this request; the site's pages where none was declared."""
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
