"""Username rules: the syntax, and reserved names."""

import re
import string
from enum import StrEnum

USERNAME_MIN = 2
USERNAME_MAX = 30

_SHAPE = re.compile(r"[A-Za-z0-9_]+(?:[.-][A-Za-z0-9_]+)*")
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SEPARATORS = str.maketrans("", "", "._-")

# /user/ana.atom is Ana's feed, so nobody can be called "ana.atom".
_SUFFIX_WORDS = """
atom rss json xml svg txt csv html htm md pdf png jpg jpeg gif webp avif ico css js map php zip gz
webmanifest
"""
_SUFFIXES = frozenset(_SUFFIX_WORDS.split())

_RESERVED_WORDS = """
about abuse access account accounts activity admin administration administrator admins all
anonymous api app apps assets atom audit auth avatar avatars backup billing block blocked blocks
blog board bookmark bookmarks channel chat cli code community config confirm contact cookie
cookies copyright create dashboard database debug delete deleted demo deployment dev
developer developers dmca docs doc download downloads drafts edit editor email emails error
errors everybody everyone example explore export exports fallback favicon feed feeds feedback
file files filter follow followers following follows forgot forum ftp guest guests guidelines
hashtag health healthz help here home host hostmaster html http https image images imap import
imports inbox index info internal invitation invitations invite invites job jobs json js lang
language languages legal license licence like likes link links list lists local localhost
locale log login logins logout logs mail mailer mailerdaemon main me media member members
mention mentions message messages metrics microblog mod moderation moderator moderators mods
monitor mute muted mutes my myself new news nobody noreply none notification notifications
nouser null oauth office official offline operator outbox owner page pages password passwords
people ping pop3 popular post postmaster posts preferences privacy private profile profiles
public queue readyz recover register registration release remove reply replies report reports
reset robots role root rss rules save schema search secret security self send service services
session sessions settings setup share signin signout signup site sitemap sitemaps smtp
source ssl staff static statistics stats status store stream style styles subscribe
superuser support suspend suspended sync sys sysadmin system tag tags task tasks team teams
terms theme thread threads timeline token tokens tos translate translation
translations trending trust undefined unfollow unknown unsubscribe update upload uploads url
user username users verify version void web webhook webhooks webmaster website wellknown
widget wiki www xml yaml you your yourself
"""
RESERVED = frozenset(_RESERVED_WORDS.split())


# For clients: all of `username_problem` but reserved words, and endings that look like a file's.
USERNAME_PATTERN = r"^(?![_.\-]*$)[A-Za-z0-9_]+(?:[.\-][A-Za-z0-9_]+)*$"


class UsernameProblem(StrEnum):
    """Why a username is not allowed."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    BAD_CHARACTERS = "bad_characters"
    RESERVED = "reserved"


def username_key(name: str) -> str:
    """Return `name` with its ASCII letters in lowercase, for uniqueness and lookups."""
    # str.lower() would turn the Kelvin sign into "k", and a lookup would match someone else.
    return name.translate(_LOWER)


def username_problem(name: str) -> UsernameProblem | None:
    """Return why `name` is not allowed, or None. Does not check whether it is taken."""
    if len(name) < USERNAME_MIN:
        return UsernameProblem.TOO_SHORT
    if len(name) > USERNAME_MAX:
        return UsernameProblem.TOO_LONG
    key = username_key(name)
    if not _SHAPE.fullmatch(key) or not key.strip("_.-") or _ends_like_a_file(key):
        return UsernameProblem.BAD_CHARACTERS
    # "ad-min" and "admin_" would pass for "admin" at a glance.
    if key.translate(_SEPARATORS) in RESERVED:
        return UsernameProblem.RESERVED
    return None


def _ends_like_a_file(key: str) -> bool:
    return "." in key and key.rpartition(".")[2] in _SUFFIXES
