"""What a token for administration does with invitations."""

from __future__ import annotations

import sqlalchemy as sa

from app import db
from app.models import AuditEntry
from app.services.accounts import invitations
from tests.support.factories import make_user

INVITATIONS = "/admin/invitations"


def test_a_link_is_made_listed_and_revoked(program_of, ana, ben):
    boss = make_user("boss", role="administrator")
    program = program_of(boss, "admin")
    made = program.post(INVITATIONS, json={"uses": 3, "expires_in_days": 2})
    assert (made.status_code, made.json["uses_left"], made.json["maker"]) == (201, 3, "boss")
    code = made.json["url"].rpartition("=")[2]
    found = invitations.find(code)
    assert found is not None
    invitations.record_invitee(ben, invitations.use(code))
    invitations.create(ana, 1, 7)
    invitations.create(None, 1, 7)
    db.session.commit()
    shown = program.get(INVITATIONS).json["items"]
    assert [one["maker"] for one in shown] == [None, "ana", "boss"]
    assert (shown[2]["joined"], shown[2]["uses_left"]) == (["ben"], 2)
    assert code not in program.get(INVITATIONS).text
    page = program.get(f"{INVITATIONS}?per_page=2")
    older = program.get(page.json["_links"]["next"].removeprefix("/api"))
    assert [one["maker"] for one in older.json["items"]] == ["boss"]
    path = f"{INVITATIONS}/{made.json['id']}"
    assert program.delete(path).status_code == 204
    assert program.delete(path).status_code == 404
    assert invitations.find(code) is None
    actions = db.session.scalars(
        sa.select(AuditEntry.action).where(AuditEntry.actor_id == boss.id).order_by(AuditEntry.id)
    )
    assert actions.all() == ["create_invitation", "revoke_invitation"]


def test_what_is_not_offered_is_refused(program_of):
    program = program_of(make_user("boss", role="administrator"), "admin")
    for wrong in ({"uses": 0}, {"uses": 101}, {"expires_in_days": 91}, {"days": 1}):
        assert program.post(INVITATIONS, json=wrong).status_code == 422
    for _ in range(invitations.LIVE_MAX):
        assert program.post(INVITATIONS, json={}).status_code == 201
    assert program.post(INVITATIONS, json={}).status_code == 409
