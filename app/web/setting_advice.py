"""What to do about unsafe settings, in words: for `flask doctor` and the overview."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

ADVICE = {
    "no_base_url": _l("Set it to the public address of the site, such as https://example.org."),
    "no_https": _l("Passwords travel unencrypted. Use an address that begins with https://."),
    "debug": _l("Errors show the code and let others run theirs. Turn it off."),
    "any_subdomain": _l("A name that begins with a dot accepts every subdomain. List each one."),
    "no_proxy": _l(
        "The proxy's address is taken for everyone's, so limits hit everyone. Set it to 1."
    ),
    "health_for_all": _l("Strangers see details at /readyz. Name your own networks only."),
    "weak_key": _l("Someone could guess it and forge links. Use 32 random bytes."),
    "short_fallback": _l("A key is shorter than 32 bytes. Remove it."),
    "nobody_alerted": _l("No one is notified when something breaks. Set your email address."),
    "no_limits": _l("Passwords can be guessed without limit. Turn it on."),
    "open_without_mail": _l(
        "Anyone can join with an address that isn't theirs. Set MAIL_SERVER, or let fewer join."
    ),
    "staff_by_password": _l("A stolen password is enough to act as staff. Turn it on."),
    "log_level": _l("INFO logs what an investigation needs, and no more. Leave it empty."),
    "no_mail": _l(
        "Emails stay in files here, so no one can reset a password. Set your mail server."
    ),
    "mail_password_in_clear": _l(
        "The password of the mail server is sent unencrypted. Set MAIL_USE_TLS or MAIL_USE_SSL."
    ),
    "mail_in_clear": _l(
        "Emails with links are sent unencrypted. Set MAIL_USE_TLS or MAIL_USE_SSL."
    ),
    "not_durable": _l("A power failure may lose the latest posts. Set it to FULL."),
    "database_in_clear": _l(
        "Others could read along or pose as the database. Add sslmode=verify-full."
    ),
    "redis_in_clear": _l("Redis is asked unencrypted. Use an address that begins with rediss://."),
    "redis_without_password": _l("Redis lets everyone in. Give it a password."),
    "search_in_clear": _l(
        "Posts travel to the search server unencrypted. Use an address that begins with https://."
    ),
    "search_without_password": _l("The search server lets everyone in. Give it a password."),
    "translation_in_clear": _l(
        "Posts travel to the translator unencrypted. Use an address that begins with https://."
    ),
    "readable_by_all": _l("Everyone on this machine can read it. Take that right away with chmod."),
}
