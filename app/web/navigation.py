"""Which entry of the navigation the current page belongs to."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from app.lib.urls import safe_path
from app.models.accounts.role import Permission
from app.policies import has_permission
from app.web.viewer import loaded_viewer

# Pages below an entry, on which it is marked as the current one too.
PAGES_BELOW = {
    "main.index": ("main.front",),
    "main.explore": ("main.people",),
    "main.messages_page": ("main.conversation", "main.send_message", "main.new_message"),
    "main.bookmarked_posts": ("main.liked_posts",),
    "main.admin_people": ("main.admin_person", "main.give_role"),
    "main.admin_roles": ("main.new_role", "main.edit_role"),
    "main.admin": (
        "main.admin_people",
        "main.admin_person",
        "main.give_role",
        "main.approvals",
        "main.blocklist_page",
        "main.admin_invitations",
        "main.admin_roles",
        "main.new_role",
        "main.edit_role",
        "main.audit_log",
        "main.announcement_list",
        "main.job_list",
        "main.site_settings_page",
        "main.site_page_list",
        "main.edit_site_page",
        "main.new_rule",
        "main.edit_rule",
    ),
    "main.moderation": (
        "main.case",
        "main.decide",
        "main.add_note",
        "main.appeal_queue",
        "main.answer_appeal",
        "main.words_templates",
        "main.new_words_template",
        "main.edit_words_template",
    ),
    "main.appeal": ("main.appeal_decision",),
    "main.site_page_list": ("main.edit_site_page", "main.new_rule", "main.edit_rule"),
    "main.settings": (
        "main.edit_profile_settings",
        "main.account_settings",
        "main.close_account",
        "main.password_settings",
        "main.two_factor_settings",
        "main.set_up_two_factor",
        "main.turn_on_two_factor",
        "main.turn_off_two_factor",
        "main.make_recovery_codes",
        "main.passkey_settings",
        "main.add_passkey",
        "main.security_log",
        "main.appearance_settings",
        "main.privacy_settings",
        "main.notification_settings",
        "main.email_settings",
        "main.mute_settings",
        "main.block_settings",
        "main.filter_settings",
        "main.new_filter",
        "main.edit_filter",
        "main.session_settings",
        "main.token_settings",
        "main.export_settings",
        "main.deleted_posts",
    ),
}


# The pages of `/admin`, and the permission that each needs.
ADMIN_PAGES: tuple[tuple[str, LazyString, Permission], ...] = (
    ("main.admin_people", _l("People"), "manage_people"),
    ("main.approvals", _l("Applications"), "manage_people"),
    ("main.admin_invitations", _l("Invitations"), "manage_people"),
    ("main.admin_roles", _l("Roles"), "manage_roles"),
    ("main.blocklist_page", _l("Block list"), "manage_people"),
    ("main.site_settings_page", _l("Site"), "manage_site"),
    ("main.site_page_list", _l("Rules and pages"), "manage_site"),
    ("main.announcement_list", _l("Announcements"), "manage_site"),
    ("main.job_list", _l("Jobs"), "see_jobs"),
    ("main.audit_log", _l("Log"), "see_audit_log"),
)


# For whoever may open one of them.
OVERVIEW = ("main.admin", _l("Overview"))


def admin_pages() -> list[tuple[str, LazyString]]:
    """The pages of `/admin` that the viewer may open, the overview first."""
    person = loaded_viewer()
    pages = [
        (endpoint, label)
        for endpoint, label, permission in ADMIN_PAGES
        if has_permission(person, permission)
    ]
    return [OVERVIEW, *pages] if pages else []


def previous_page() -> str | None:
    """The page of this site that led here, if the browser says so."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return None
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return safe_path(path) if parts.netloc == request.host else None


def is_current(endpoint: str, **values: str) -> bool:
    """Whether to mark the entry that leads to `endpoint` with `values`."""
    current, args = request.endpoint or "", request.view_args or {}
    if current != endpoint and current not in PAGES_BELOW.get(endpoint, ()):
        return False
    # Usernames are case-insensitive.
    return all(str(args.get(name)).lower() == value.lower() for name, value in values.items())


def init_app(app: Flask) -> None:
    app.jinja_env.globals |= {"is_current": is_current, "admin_pages": admin_pages}
