"""The form that tells moderators about somebody."""

from __future__ import annotations

import pytest

from app import db
from app.models import Case, Report, ReportedCopy
from app.services.community import blocks
from tests.support.factories import make_message, make_post, make_user
from tests.support.moderation import decide, make_report
from tests.support.pages import get_page, log_in, send

FORM = "/report?user=ben"


def test_a_post_is_reported_from_its_menu(client, ana, ben):
    post = make_post(ben, "Cheap phones!")
    log_in(client, ana)
    (more,) = get_page(client, "/explore").all("a", class_="act-more")
    menu = get_page(client, str(more.get("href")))
    (link,) = [link for link in menu.all("a") if "/user/ben/mute?" in link.get("href", "")]
    page = get_page(client, link.get("href"))
    assert page.all("a", href=f"{FORM}&post={post.id}")
    page = get_page(client, f"{FORM}&post={post.id}")
    assert "The person is never told who reported them." in page.text
    response = client.post(FORM, data=page.fields(FORM) | {"words": "Everywhere."})
    assert response.location == "/user/ben"
    assert "A moderator will look at it" in get_page(client, "/user/ben").text
    case = db.session.query(Case).one()
    assert (case.person_id, case.reports_count, case.rule_id) == (ben.id, 1, 1)
    report, copy = db.session.query(Report).one(), db.session.query(ReportedCopy).one()
    assert (report.reporter_id, report.words) == (ana.id, "Everywhere.")
    assert (copy.post_id, copy.body) == (post.id, "Cheap phones!")


def test_something_else_needs_words(client, ana, ben):
    log_in(client, ana)
    response = send(client, FORM, FORM, rule="0")
    assert response.status_code == 422
    assert "Tell us what&#39;s wrong." in response.text
    assert send(client, FORM, FORM, rule="0", words="Sunflowers").status_code == 302
    assert db.session.query(Report).one().rule_id is None


def test_only_chosen_messages_are_copied(client, ana, ben):
    make_message(ben, ana, "A secret")
    chosen = make_message(ben, ana, "Want a phone?")
    make_message(ana, ben, "No")
    log_in(client, ana)
    page = get_page(client, f"{FORM}&message={chosen.id}")
    assert "A secret" in page.text
    client.post(FORM, data=page.fields(FORM))
    assert [copy.body for copy in db.session.query(ReportedCopy)] == ["Want a phone?"]


def test_messages_of_others_and_posts_one_cannot_read_are_not_copied(client, ana, ben, cleo):
    message = make_message(ben, cleo, "For Cleo alone")
    post = make_post(cleo, "By Cleo")
    log_in(client, ana)
    data = get_page(client, FORM).fields(FORM)
    data |= {"posts": str(post.id), "messages": str(message.id)}
    assert client.post(FORM, data=data).status_code == 302
    assert not db.session.query(ReportedCopy).count()


def test_it_also_blocks(client, ana, ben):
    log_in(client, ana)
    send(client, FORM, FORM, block="y")
    assert blocks.find_blocked(ana, ben.username)


def test_somebody_who_blocks_can_be_reported_by_whom_they_wrote(client, ana, ben, cleo):
    make_message(ben, ana, "Want a phone?")
    blocks.block(ben, ana)
    blocks.block(ben, cleo)
    db.session.commit()
    log_in(client, ana)
    assert "Want a phone?" in get_page(client, FORM).text
    log_in(client, cleo)
    assert client.get(FORM).status_code == 404


def test_nobody_reports_themselves_or_nobody(client, ana):
    log_in(client, ana)
    for user in ("ana", "nobody", "", "%00"):
        assert client.get(f"/report?user={user}").status_code in (400, 404)


def test_each_adds_to_one_report_and_all_join_one_case(client, ana, ben, cleo):
    make_report(ana, ben, "First")
    make_report(ana, ben, "Second")
    make_report(cleo, ben, "Third")
    case = db.session.query(Case).one()
    assert case.reports_count == 2
    words = [report.words for report in db.session.query(Report).order_by(Report.id)]
    assert words == ["First\n\nSecond", "Third"]


@pytest.mark.slow
def test_twenty_a_day(app, client, ana):
    app.config["RATELIMIT_ENABLED"] = True
    log_in(client, ana)
    for number in range(21):
        person = make_user(f"person_{number}")
        url = f"/report?user={person.username}"
        response = send(client, url, url)
        assert response.status_code == (302 if number < 20 else 429)


def test_a_conversation_leads_to_the_form_also_with_somebody_who_blocks(client, ana, ben):
    make_message(ben, ana, "Want a phone?")
    blocks.block(ben, ana)
    db.session.commit()
    log_in(client, ana)
    page = get_page(client, "/messages/ben")
    assert page.all("a", href=FORM)
    assert "Want a phone?" in get_page(client, FORM).text
    # Not where there is nothing to report, nor about oneself.
    assert not get_page(client, "/messages/ana").all("a", href="/report?user=ana")


def test_messages_of_the_suspended_say_so(client, ana, ben):
    make_message(ben, ana, "Want a phone?")
    decide(ben, "suspend")
    log_in(client, ana)
    inbox = get_page(client, "/messages")
    assert "Suspended member" in inbox.text and "Former member" not in inbox.text
    (path,) = {href for link in inbox.all("a") if "/messages/~" in (href := link.get("href"))}
    page = get_page(client, path.partition("#")[0])
    assert "This account is suspended." in page.text
    assert page.all("a", href=FORM)
