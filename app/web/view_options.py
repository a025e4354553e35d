"""Options of a view: who may call it, and whether its forms need a CSRF token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from flask import current_app

from app.models.accounts.role import PERMISSIONS, Permission

View = TypeVar("View", bound=Callable[..., Any])
Access = Literal["private", "readable", "public"]


@dataclass(frozen=True)
class ViewOptions:
    """Private by default; visitors too may call `readable` views while PUBLIC_READING is on."""

    access: Access = "private"
    is_csrf_exempt: bool = False
    # Members are only led on, so their form needs no token: it may be older than their session.
    is_for_visitors: bool = False
    # Its form can be shown again with what was filled in.
    is_resumable: bool = False
    # Whoever waits to be let in may call it too.
    is_for_applicants: bool = False
    # Whoever is suspended may call it: to appeal, to take their data along, to leave.
    is_for_suspended: bool = False
    # Only within 30 minutes of the password being given; a session alone is not enough.
    needs_password: bool = False
    # For those who may open a page of `/admin`; others do not learn that the view exists.
    is_for_staff: bool = False
    # Whoever has none of these does not learn that the view exists. Empty: it needs none.
    permissions: tuple[Permission, ...] = ()


def _with(view: View, **changes: Any) -> View:
    options = replace(getattr(view, "options", ViewOptions()), **changes)
    view.options = options  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anybody may call this view."""
    return _with(view, access="public")


def readable(view: View) -> View:
    """Visitors may call this view while PUBLIC_READING is on."""
    return _with(view, access="readable")


def csrf_exempt(view: View) -> View:
    """For forms on publicly cached pages that change no account, or whose address is a secret."""
    return _with(view, is_csrf_exempt=True)


def for_visitors(view: View) -> View:
    """For forms such as signing in, which only lead on whoever is signed in."""
    return _with(view, access="public", is_for_visitors=True)


def for_applicants(view: View) -> View:
    """Also for people who have asked to join and are not let in yet."""
    return _with(view, is_for_applicants=True)


def for_suspended(view: View) -> View:
    """Also for people whom moderators have suspended."""
    return _with(view, is_for_suspended=True)


def resumable(view: View) -> View:
    """For forms that people write into, so that nothing they wrote is lost."""
    return _with(view, is_resumable=True)


def sudo(view: View) -> View:
    """Ask for the password again if it was given more than 30 minutes ago.

    For what could harm a member most on a device they left unattended. A view that also answers
    GET shows its page without.
    """
    return _with(view, needs_password=True)


def for_staff(view: View) -> View:
    """Only people who may open a page of `/admin`; for others there is no such address."""
    return _with(view, is_for_staff=True)


def requires_permission(*permissions: Permission) -> Callable[[View], View]:
    """Only people whose role has one of `permissions`; for others there is no such page.

    What such a view changes needs the password again, as with `sudo`.
    """
    for permission in permissions:
        if permission not in PERMISSIONS:
            raise ValueError(f"{permission} is no permission")
    return lambda view: _with(view, permissions=permissions)


def options_of(endpoint: str) -> ViewOptions:
    """The options of the view behind `endpoint`."""
    options: ViewOptions = getattr(current_app.view_functions[endpoint], "options", ViewOptions())
    return options
