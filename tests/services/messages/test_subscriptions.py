"""Who gets which of the emails that one can do without, and opting out of them."""

from __future__ import annotations

from app import db
from app.services.messages import mails, subscriptions
from app.services.moderation import cases
from tests.support.factories import make_user
from tests.support.mailbox import delivered, templates, waiting
from tests.support.moderation import make_report
from tests.support.roles import make_role


def test_a_role_decides_which_emails_there_are(app, ana):
    make_role("Greeters", "write", "manage_people", rank=20)
    greeter = make_user("greta", role="greeters")
    assert subscriptions.kinds_for(ana) == []
    assert subscriptions.kinds_for(greeter) == ["applications_waiting"]
    assert subscriptions.kinds_for(make_user("mia", role="moderator")) == ["cases_waiting"]
    boss = make_user("boss", role="administrator")
    assert subscriptions.kinds_for(boss) == ["cases_waiting", "applications_waiting"]


def test_whoever_opted_out_gets_none_until_they_want_them_again(app, ana, ben):
    mia = make_user("mia", role="moderator")
    for _ in range(2):
        subscriptions.unsubscribe(mia, "cases_waiting")
    db.session.commit()
    make_report(ana, ben)
    cases.notify_staff()
    assert templates() == []
    # Others still do.
    noor = make_user("noor", role="moderator")
    make_report(ben, ana)
    cases.notify_staff()
    assert [mail.payload["to"] for mail in waiting()] == [noor.email]
    subscriptions.subscribe(mia, "cases_waiting")
    assert subscriptions.unwanted_by(mia) == set()
    # Mails about the account are for everybody.
    assert mails.queue("password_changed", mia)


def test_a_choice_is_of_what_one_gets_alone(app):
    mia = make_user("mia", role="moderator")
    subscriptions.choose(mia, [])
    assert subscriptions.unwanted_by(mia) == {"cases_waiting"}
    subscriptions.choose(mia, ["cases_waiting", "applications_waiting"])
    assert subscriptions.unwanted_by(mia) == set()


def test_the_email_tells_mail_programs_where_to_end_it(app, ana, ben):
    make_user("mia", role="moderator")
    make_report(ana, ben)
    cases.notify_staff()
    (task,) = waiting("cases_waiting")
    message = mails.compose(task.payload)
    header = next(
        line for line in message.as_bytes().split(b"\r\n") if line.startswith(b"List-Unsubscribe:")
    )
    # In one piece and readable, although it is longer than a line.
    base = app.config["BASE_URL"].encode()
    assert header.startswith(b"List-Unsubscribe: <" + base + b"/auth/unsubscribe/")
    assert header.endswith(b">")
    mail = delivered(message)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>")
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert address in part.get_content(), kind


def test_mails_about_the_account_offer_no_end(app, ana):
    mails.queue("password_changed", ana)
    (task,) = waiting()
    mail = delivered(mails.compose(task.payload))
    assert mail["List-Unsubscribe"] is None
    assert "unsubscribe" not in mail.as_string()
