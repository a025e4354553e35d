"""The list of what is still to do, on the pages of administration."""

from __future__ import annotations

from tests.support.pages import Page, get_page, send

SITE, DISMISS = "/admin/site", "/admin/checklist/dismiss"
# The overview shows many things.
STATEMENTS = 15


def done(page: Page) -> list[str]:
    steps = page.all("li", class_="checklist__done")
    return [" ".join("".join(step.itertext()).split()) for step in steps]


def test_steps_lead_to_where_they_are_done_and_tick_themselves_off(client, admin):
    page = get_page(client, "/admin", statements=STATEMENTS)
    assert "Getting started" in page.text and done(page) == []
    send(client, SITE, site_name="Riverside")
    done_now = done(get_page(client, "/admin", statements=STATEMENTS))
    assert done_now == ["Name your site(done)"]
    assert page.all("a", href="/admin/pages")


def test_the_list_can_be_sent_away(client, admin):
    page = get_page(client, "/admin", statements=STATEMENTS)
    answer = client.post(DISMISS, data=page.fields(DISMISS))
    assert answer.location == "/admin"
    assert "Getting started" not in get_page(client, "/admin", statements=STATEMENTS).text
