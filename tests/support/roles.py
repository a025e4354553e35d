"""The roles that every database has, as the migration makes them, and roles of tests' own."""

from __future__ import annotations

import sqlalchemy as sa

from app import db
from app.models import Role, User
from app.models.accounts.role import ADMINISTRATOR_ID, MEMBER_ID, MODERATOR_ID
from app.services.accounts import roles

BUILTIN = {
    MEMBER_ID: "write message report",
    MODERATOR_ID: "write message report invite hide_posts silence suspend",
    ADMINISTRATOR_ID: "",
}
# Whether there is anything else, and how that is undone once nobody has those roles.
_IS_CHANGED = " OR ".join(f"id = {id_} AND permissions <> '{may}'" for id_, may in BUILTIN.items())
_OTHERS = f"SELECT 1 FROM role WHERE NOT is_builtin OR {_IS_CHANGED}"  # noqa: S608
ARE_CHANGED = f"SELECT 'role' WHERE EXISTS ({_OTHERS})"
_RESET = "UPDATE role SET permissions = '{}' WHERE id = {}"
RESET = [
    "DELETE FROM role WHERE NOT is_builtin",
    *(_RESET.format(may, id_) for id_, may in BUILTIN.items()),
]


def make_role(name: str, *permissions: str, rank: int = 10) -> Role:
    role = Role(name=name, permission_names=" ".join(permissions), rank=rank)
    db.session.add(role)
    db.session.commit()
    return role


def give_role(user: User, name: str) -> None:
    """Give `user` the role called `name`, and leave their sessions alone."""
    user.role = named_role(name)
    db.session.commit()


def named_role(name: str) -> Role:
    role = roles.named(name)
    assert role is not None
    return role


def role_name(user: User) -> str:
    """The role that the database has for `user` now."""
    found = sa.select(Role.name).join(User, User.role_id == Role.id).where(User.id == user.id)
    return db.session.scalars(found).one()
