"""Roles: look up, give to people, make, change and delete.

Nobody gives what they lack, or a rank as high as their own. Every act is recorded in the audit log.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, undefer

from app.extensions import db
from app.lib.dates import utcnow
from app.lib.text import one_line
from app.lib.tokens import fingerprint
from app.models import AuditEntry, Role, User
from app.models.accounts.role import (
    ADMINISTRATOR_ID,
    MEMBER_ID,
    MEMBER_PERMISSIONS,
    PERMISSIONS,
    RANK_MAX,
    ROLE_NAME_MAX,
)
from app.models.site.audit_entry import TARGET_MAX
from app.policies import (
    may_change_role,
    may_define,
    may_grant,
    outranks,
    permissions_of,
)
from app.services.accounts import sessions
from app.services.errors import (
    BuiltinRoleError,
    GoneError,
    LastAdminError,
    NotAllowedError,
    RoleChangedError,
    RoleNameError,
    RoleNameTakenError,
)
from app.services.site import audit
from app.services.site.audit import Actor

# As people may type it, and as it was called before.
SHORT_NAMES = {"admin": "administrator"}


@dataclass(frozen=True)
class Definition:
    """What somebody wants a role to be."""

    name: str
    permissions: Collection[str]
    rank: int


def listed() -> Sequence[Role]:
    """All roles, the highest rank first."""
    return db.session.scalars(sa.select(Role).order_by(Role.rank.desc(), Role.id)).all()


def named(name: str) -> Role | None:
    """The role with this name, in any case."""
    key = name.lower()
    return db.session.scalar(sa.select(Role).where(Role.name_key == SHORT_NAMES.get(key, key)))


def people_counts() -> dict[int, int]:
    """How many people have each role, by its id; also those who have closed their account."""
    rows = sa.select(User.role_id, sa.func.count()).group_by(User.role_id)
    return {row[0]: row[1] for row in db.session.execute(rows)}


def people_count(role: Role) -> int:
    """How many people have `role`."""
    rows = sa.select(sa.func.count()).select_from(User).where(User.role_id == role.id)
    return db.session.scalars(rows).one()


def staff_ids() -> list[int]:
    """The ids of the roles that hold more than members may have."""
    return [role.id for role in listed() if role.is_staff]


def staff() -> sa.Select[User]:
    """The people of those roles who are here, with their roles."""
    present = sa.select(User).where(User.presence_clause(), User.role_id.in_(staff_ids()))
    with_role = joinedload(User.role, innerjoin=True)
    return present.options(with_role, undefer(User.has_second_factor))


def lock(user: User) -> bool:
    """Read `user` again until the transaction ends; whether they are the last administrator.

    Others who step down or leave wait: two cannot both do it, each counting on the other.
    """
    is_here = sa.and_(User.presence_clause(), User.applied_at.is_(None))
    admins = User.active().where(User.role_id == ADMINISTRATOR_ID, is_here)
    # Always these first and in one order, to avoid deadlocks.
    ids = admins.with_only_columns(User.id).order_by(User.id).with_for_update()
    others = set(db.session.scalars(ids)) - {user.id}
    db.session.refresh(user, with_for_update={"of": User})
    return user.role_id == ADMINISTRATOR_ID and not others


def give(user: User, role: Role, by: Actor) -> None:
    """Give `user` another role, which ends all their sessions.

    Raises NotAllowedError unless the actor outranks them, or is they themselves, and may grant it,
    and for an applicant who would be staff; raises LastAdminError, or GoneError if the role was
    deleted meanwhile.
    """
    actor = by.person
    # Nobody changes or deletes it until this is committed.
    _lock_roles(role, by, is_shared=True)
    is_last = lock(user)
    if actor is not None and not (
        (actor.id == user.id or outranks(actor, user)) and may_grant(actor, role)
    ):
        raise NotAllowedError
    # Whoever is refused is erased, and that must be a member.
    if user.is_applicant and role.is_staff:
        raise NotAllowedError
    if user.role_id == role.id:
        return
    if is_last:
        raise LastAdminError
    user.role, user.role_id, user.former_role = role, role.id, _former_name(role)
    db.session.flush()
    # Sessions of staff expire in hours, those of members in weeks.
    sessions.end_all(user)
    audit.record("change_role", by, person=user, target=role.name)


def create(new: Definition, by: Actor) -> Role:
    """Make a role of the site's own.

    Raises NotAllowedError, RoleNameError or RoleNameTakenError.
    """
    _lock_roles(None, by)
    role = Role(name="", permission_names="", rank=0)
    if not _may_define(role, new, by):
        raise NotAllowedError
    _rename(role, new.name)
    _define(role, new)
    db.session.flush()
    _record("create_role", role, _differences(frozenset(), -1, role), by)
    return role


def state_of(role: Role) -> str:
    """What a form about `role` carries along, to notice that somebody else was faster."""
    return fingerprint(f"{role.name}\n{role.permission_names}\n{role.rank}")


def change(role: Role, new: Definition, by: Actor, *, seen: str | None = None) -> None:
    """Make `role` what `new` says, for all who have it, on their next request.

    If they are staff before or after, what they may do changes only with new sessions: it ends the
    ones they have, and revokes their tokens. `seen` is the `state_of` that the actor saw: raises
    RoleChangedError if it is another one by now. The administrator's role is never changed, other
    built-in ones keep name and rank, and members are no staff: raises BuiltinRoleError. Raises
    NotAllowedError, RoleNameError or RoleNameTakenError; GoneError if it was deleted.
    """
    _lock_roles(role, by)
    if seen is not None and seen != state_of(role):
        raise RoleChangedError(role.id)
    if not _is_changeable(role, new):
        raise BuiltinRoleError
    if not _may_define(role, new, by):
        raise NotAllowedError
    name, before, rank, was_staff = role.name, role.permissions, role.rank, role.is_staff
    if new.name != name:
        _rename(role, new.name)
    _define(role, new)
    db.session.flush()
    differences = _differences(before, rank, role)
    if role.name != name:
        differences.insert(0, f"was {name}")
    if not differences:
        return
    if was_staff != role.is_staff:
        _sync_former_names(role)
    if (was_staff or role.is_staff) and (before, rank) != (role.permissions, role.rank):
        sessions.end_all_with(role.id)
    _record("edit_role", role, differences, by)


def delete(role: Role, by: Actor) -> int:
    """Delete a role of the site's own. Returns how many people had it, who are members now.

    It ends their sessions. Raises BuiltinRoleError, NotAllowedError, or GoneError if somebody else
    has deleted it.
    """
    _lock_roles(role, by)
    if role.is_builtin:
        raise BuiltinRoleError
    actor, member = by.person, db.session.get_one(Role, MEMBER_ID)
    if actor is not None:
        # Whoever may not take a permission away does not do it like this either.
        may_take_away = may_change_role(actor, role) and permissions_of(actor) >= role.permissions
        if not may_take_away or not may_grant(actor, member):
            raise NotAllowedError
    sessions.end_all_with(role.id)
    _record_moves(role, member, by)
    moved = sa.update(User).where(User.role_id == role.id)
    moved = moved.values(role_id=MEMBER_ID, former_role=_former_name(member))
    # Their rows are not read: there may be thousands.
    moving = db.session.execute(moved.execution_options(synchronize_session=False))
    count = int(moving.rowcount)  # type: ignore[attr-defined]
    audit.record("delete_role", by, target=role.name)
    db.session.delete(role)
    db.session.flush()
    return count


def _lock_roles(role: Role | None, by: Actor, *, is_shared: bool = False) -> None:
    """Read all roles and the actor again, until the transaction ends; raises GoneError.

    Roles are few and seldom change. Shared: others may do the same, but nobody changes one.
    """
    rows = (
        sa.select(Role).order_by(Role.id).with_for_update(read=is_shared, key_share=not is_shared)
    )
    known = db.session.scalars(rows.execution_options(populate_existing=True)).all()
    if role is not None and role not in known:
        raise GoneError
    if by.person is not None:
        # Their role may have been deleted while this waited.
        db.session.refresh(by.person, ["role_id", "role"])


def _may_define(role: Role, new: Definition, by: Actor) -> bool:
    if not 0 <= new.rank < RANK_MAX or not frozenset(new.permissions) <= frozenset(PERMISSIONS):
        return False
    changed = role.permissions ^ frozenset(new.permissions)
    if new.rank != role.rank:
        # A rank changes what all the permissions of the role are worth.
        changed |= role.permissions
    return by.person is None or (
        may_change_role(by.person, role) and may_define(by.person, changed, new.rank)
    )


def _is_changeable(role: Role, new: Definition) -> bool:
    if role.id == ADMINISTRATOR_ID:
        return False
    if role.is_builtin and (role.name, role.rank) != (new.name, new.rank):
        return False
    # Everybody who joins has it.
    return role.id != MEMBER_ID or MEMBER_PERMISSIONS.issuperset(new.permissions)


def check_name(name: str, except_for: Role | None = None) -> None:
    """Raises RoleNameError for a name that no role can have, RoleNameTakenError for a used one."""
    # Folding can make it longer.
    if not name or max(len(name), len(name.lower())) > ROLE_NAME_MAX:
        raise RoleNameError
    holder = named(name)
    if name.lower() in SHORT_NAMES or holder not in (None, except_for):
        raise RoleNameTakenError


def _rename(role: Role, name: str) -> None:
    name = one_line(name)
    check_name(name, except_for=role)
    try:
        with db.session.begin_nested():
            role.name = name
            db.session.add(role)
    except IntegrityError:
        raise RoleNameTakenError from None


def _define(role: Role, new: Definition) -> None:
    role.permission_names = " ".join(one for one in PERMISSIONS if one in new.permissions)
    role.rank = new.rank


def _differences(before: frozenset[str], rank: int, role: Role) -> list[str]:
    """What has changed, in words that the log keeps for ever."""
    now = role.permissions
    words = [f"+{one}" for one in PERMISSIONS if one in now - before]
    words += [f"-{one}" for one in PERMISSIONS if one in before - now]
    return words if rank == role.rank else [*words, f"rank={role.rank}"]


def _record(action: audit.Action, role: Role, differences: Sequence[str], by: Actor) -> None:
    """One entry, or more if it is too long for one."""
    room = TARGET_MAX - len(role.name) - 2
    for part in textwrap.wrap(" ".join(differences), room):
        audit.record(action, by, target=f"{role.name}: {part}")


def _record_moves(role: Role, given: Role, by: Actor) -> None:
    """An entry for each who has `role`, as if somebody gave `given` to one after the other."""
    values = {
        "actor_id": by.person.id if by.person else None,
        "action": "change_role",
        "target": given.name,
        "request_id": by.request_id,
        "created_at": utcnow(),
    }
    fixed = [sa.literal(values[name], AuditEntry.__table__.c[name].type) for name in values]
    people = sa.select(User.id, *fixed).where(User.role_id == role.id).order_by(User.id)
    rows = sa.insert(AuditEntry).from_select(["person_id", *values], people)
    db.session.execute(rows)


def _sync_former_names(role: Role) -> None:
    people = sa.update(User).where(User.role_id == role.id).values(former_role=_former_name(role))
    db.session.execute(people.execution_options(synchronize_session=False))


def _former_name(role: Role) -> str:
    if role.id == ADMINISTRATOR_ID:
        return "admin"
    return "moderator" if role.is_staff else "member"
