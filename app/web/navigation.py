"""Which entry of the navigation the current page belongs to."""

from __future__ import annotations

from flask import Flask, request

# Pages below an entry, on which it is marked as the current one too.
PAGES_BELOW = {
    "main.index": ("main.front",),
    "main.explore": ("main.people",),
    "main.messages_page": ("main.conversation", "main.send_message", "main.new_message"),
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
        "main.session_settings",
        "main.token_settings",
        "main.export_settings",
        "main.deleted_posts",
    ),
}


def is_current(endpoint: str, **values: str) -> bool:
    """Whether to mark the entry that leads to `endpoint` with `values`."""
    current, args = request.endpoint or "", request.view_args or {}
    if current != endpoint and current not in PAGES_BELOW.get(endpoint, ()):
        return False
    # Usernames are case-insensitive.
    return all(str(args.get(name)).lower() == value.lower() for name, value in values.items())


def init_app(app: Flask) -> None:
    app.jinja_env.globals["is_current"] = is_current
