"""Words that moderators use again."""

from __future__ import annotations

from app import db
from app.models import AuditEntry, Decision, WordsTemplate
from tests.support.factories import make_user
from tests.support.moderation import make_report
from tests.support.pages import get_page, log_in, send

NEW = "/moderation/templates/new"


def test_who_manages_the_site_writes_them(client):
    log_in(client, make_user("sam", role="administrator"))
    assert "No templates yet" in get_page(client, "/moderation/templates").text
    values = {"name": "Advertising", "language": "en", "words": "Only once a week."}
    assert send(client, NEW, NEW, **values).location == "/moderation/templates"
    template = db.session.query(WordsTemplate).one()
    url = f"/moderation/templates/{template.id}"
    assert send(client, url, url, words="Twice a month.").status_code == 302
    assert "Twice a month." in get_page(client, "/moderation/templates").text
    assert send(client, NEW, NEW, name="", words="x").status_code == 422
    assert send(client, url, f"{url}/delete").status_code == 302
    assert client.get(url).status_code == 404
    actions = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["edit_template", "edit_template", "delete_template"]


def test_a_moderator_puts_one_into_a_decision(client, ana, ben):
    template = WordsTemplate(name="Publicidad", language="es", words="Una vez por semana.")
    db.session.add(template)
    db.session.commit()
    log_in(client, make_user("mia", role="moderator"))
    assert client.get(f"/moderation/templates/{template.id}").status_code == 404
    assert not get_page(client, "/moderation/templates").all("a", href=NEW)
    url = f"/moderation/report/{make_report(ana, ben).id}"
    data = get_page(client, url).fields(f"{url}/decide")
    data |= {"action": "warn", "template": str(template.id), "use_template": "1"}
    response = client.post(f"{url}/decide", data=data)
    assert response.status_code == 200
    assert "Una vez por semana.</textarea>" in response.text
    assert not db.session.query(Decision).count()
