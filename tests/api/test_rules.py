"""The rules of the site, for programs."""

from __future__ import annotations

from app import db
from app.services.site import rules
from app.services.site.audit import COMMAND_LINE


def test_they_are_told_in_their_order_and_in_the_language_of_the_reader(app, ana, program_of):
    new = rules.add({"en": ("No phones", ""), "es": ("Sin teléfonos", "")}, COMMAND_LINE)
    rules.remove(1, COMMAND_LINE)
    db.session.commit()
    listed = program_of(ana).get("/rules").json["items"]
    assert [rule["number"] for rule in listed] == [1, 2, 3, 4]
    assert listed[-1] == {"id": new, "number": 4, "title": "No phones", "text": ""}
    assert 1 not in [rule["id"] for rule in listed]
    ana.language = "es"
    db.session.commit()
    assert program_of(ana).get("/rules").json["items"][-1]["title"] == "Sin teléfonos"
