"""The audit log as a token for administration reads it."""

from __future__ import annotations

from app import db
from app.services.site import audit
from app.services.site.audit import COMMAND_LINE, Actor
from tests.support.factories import make_user

AUDIT = "/admin/audit"


def test_entries_are_filtered_and_paged(program_of, ana):
    boss = make_user("boss", role="administrator")
    audit.record("verify_address", Actor(boss, "192.0.2.0/24", "abc"), person=ana)
    audit.record("change_setting", COMMAND_LINE, target="SITE_NAME")
    db.session.commit()
    program = program_of(boss, "admin")

    def found(query: str) -> list[str]:
        return [one["action"] for one in program.get(f"{AUDIT}?{query}").json["items"]]

    assert found("") == ["change_setting", "verify_address"]
    assert found("actor=boss") == found("person=ana") == ["verify_address"]
    assert found(f"person=%23{ana.id}") == ["verify_address"]
    assert found("actor=%230") == found("action=change_setting") == ["change_setting"]
    assert found("actor=nobody") == found("person=nobody") == []
    assert program.get(f"{AUDIT}?action=x").status_code == 400
    page = program.get(f"{AUDIT}?per_page=1&actor=boss")
    entry = page.json["items"][0]
    assert (entry["actor"], entry["person"], entry["network"]) == ("boss", "ana", "192.0.2.0/24")
    assert "actor=boss" in page.json["_links"]["self"]
