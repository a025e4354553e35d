"""The daily digest: what was missed, once a day, at the hour of its reader."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask
from time_machine import travel

from app import db
from app.models import Digest, NotificationGroup, User
from app.services.accounts import links
from app.services.accounts.links import Purpose
from app.services.community import conversation_mutes, follows
from app.services.messages import digests, notification_choices, notification_mails, notifications
from app.services.posts import likes
from tests.support.factories import make_filter, make_post, make_user
from tests.support.notifying import choose, digest_emails, queued, text_of, was_sent

MADRID = "Europe/Madrid"


@pytest.fixture(autouse=True)
def mail_server(app: Flask) -> None:
    app.config |= {"MAIL_SERVER": "mail.example", "EMAILS_MUST_BE_VERIFIED": True}


@pytest.fixture
def reader(app: Flask) -> User:
    return make_user("rosa", time_zone=MADRID)


def at(zone: str, *moment: int) -> datetime:
    return datetime(*moment, tzinfo=ZoneInfo(zone))


def mention(reader: User, actor: User, words: str = "Look") -> None:
    make_post(actor, f"@{reader.username} {words}")


def test_it_comes_at_its_hour_with_what_was_missed_oldest_first(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False):
        choose(reader, "digest", "mention", "reply", "follow", "like")
    with travel(at(MADRID, 2027, 1, 10, 15), tick=False):
        mention(reader, ben, "First")
    with travel(at(MADRID, 2027, 1, 10, 16), tick=False):
        make_post(ben, "Second", reply_to=make_post(reader))
        follows.follow(ben, reader)
        likes.like(ben, make_post(reader, "Third"))
        db.session.commit()
    with travel(at(MADRID, 2027, 1, 11, 7, 59), tick=False):
        assert digest_emails() == []
    with travel(at(MADRID, 2027, 1, 11, 8, 1), tick=False):
        (mail,) = digest_emails()
        assert digest_emails() == []
    assert mail["To"] == reader.email
    assert mail["Subject"] == "[Microblog] Your digest for January 11, 2027"
    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        places = [text.index(word) for word in ("First", "Second", "followed you", "Third")]
        assert places == sorted(places)
        assert "Jan 10, 2027, 3:00 PM" in text


def test_nothing_missed_is_no_email_and_each_is_told_once(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben, "Once")
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert len(digest_emails()) == 1
        clock.move_to(at(MADRID, 2027, 1, 12, 8))
        assert digest_emails() == []
        # It stays unread on the site.
        rows = sa.select(NotificationGroup.read_at).where(NotificationGroup.user_id == reader.id)
        assert db.session.scalars(rows).all() == [None]
        mention(reader, ben, "Twice")
        clock.move_to(at(MADRID, 2027, 1, 13, 8))
        (mail,) = digest_emails()
    assert "Twice" in text_of(mail)
    assert "Once" not in text_of(mail)


def test_what_was_read_meanwhile_is_left_out(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert digests.queue_due() == 1
        notifications.mark_read(reader, 10**9)
        db.session.commit()
        (job,) = queued("mail_digest")
        assert notification_mails.compose_digest(job.payload) is None


def test_what_one_may_not_or_does_not_want_to_see_is_left_out(reader, ben, cleo):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention", "reply")
        mention(reader, ben, "Hidden")
        own = make_post(reader)
        make_post(cleo, "Muted thread", reply_to=own)
        mention(reader, cleo, "Shown")
        conversation_mutes.mute(reader, own)
        ben.suspended_until = at(MADRID, 2027, 2, 1)
        db.session.commit()
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        (mail,) = digest_emails()
    text = text_of(mail)
    assert "Shown" in text
    assert not any(word in text for word in ("Hidden", "Muted thread", "more"))


def test_kinds_that_are_elsewhere_are_not_in_it(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        choose(reader, "mail", "reply")
        follows.follow(ben, reader)
        make_post(ben, "At once", reply_to=make_post(reader))
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert digest_emails() == []
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 12, 8))
        assert len(digest_emails()) == 1


def test_a_long_one_is_cut_and_says_how_much_is_left(app, reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        for number in range(32):
            mention(reader, ben, f"Number {number}.")
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        (mail,) = digest_emails()
    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        assert "Number 0." in text
        assert "Number 19." in text
        assert "Number 20." not in text
        assert "And 12 more" in text
        assert f"{app.config['BASE_URL']}/notifications/all" in text


def test_what_filters_leave_out_is_neither_told_nor_counted(app, reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        for number in range(40):
            mention(reader, ben, f"Spoiler {number}." if number < 18 else f"Number {number}.")
        make_filter(reader, "spoiler")
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        (mail,) = digest_emails()
    for kind in ("plain", "html"):
        text = text_of(mail, kind)
        assert "Spoiler" not in text
        assert "Number 18." in text and "Number 37." in text and "Number 38." not in text
        assert "And 2 more" in text


def test_what_comes_after_much_that_is_filtered_is_told(app, reader, ben, monkeypatch):
    monkeypatch.setattr(notification_mails, "BATCH", 2)
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        for _ in range(7):
            mention(reader, ben, "Spoiler")
        mention(reader, ben, "At last")
        make_filter(reader, "spoiler")
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        (mail,) = digest_emails()
        assert "At last" in text_of(mail) and "more" not in text_of(mail)
        # In the end nobody reads on.
        monkeypatch.setattr(notification_mails, "READ_MAX", 6)
        was_sent(reader, days=2)
        assert digest_emails() == []


def test_no_more_are_counted_than_are_told_apart(app, reader, ben, monkeypatch):
    monkeypatch.setattr(notification_mails, "DIGEST_MAX", 1)
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        for _ in range(103):
            mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        (mail,) = digest_emails()
    for kind in ("plain", "html"):
        assert "And 99+ more" in text_of(mail, kind)


def test_a_worker_that_was_away_for_days_sends_one(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        for day in (10, 11, 12):
            clock.move_to(at(MADRID, 2027, 1, day, 13))
            mention(reader, ben, f"Day {day}.")
        clock.move_to(at(MADRID, 2027, 1, 13, 17))
        (mail,) = digest_emails()
        assert all(f"Day {day}." in text_of(mail) for day in (10, 11, 12))
        clock.move_to(at(MADRID, 2027, 1, 14, 8))
        assert digest_emails() == []


def test_the_first_one_comes_at_the_next_time_it_is_that_hour(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 20), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 10, 23))
        assert digest_emails() == []
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert len(digest_emails()) == 1


@pytest.mark.parametrize("hour", [6, 18, 21])
def test_another_hour_never_means_two_on_a_day(reader, ben, hour):
    """Chosen at eight in the evening, after that of the day came at eight in the morning."""
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert len(digest_emails()) == 1
        clock.move_to(at(MADRID, 2027, 1, 11, 20))
        notification_choices.change(reader, {}, hour)
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 11, 23))
        assert digest_emails() == []
        clock.move_to(at(MADRID, 2027, 1, 12, hour))
        assert len(digest_emails()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("zone", "day", "hour"),
    [
        # Two o'clock does not exist on the first, and comes twice on the second.
        (MADRID, (2027, 3, 28), 2),
        (MADRID, (2027, 10, 31), 2),
        ("America/New_York", (2027, 3, 14), 2),
        ("America/New_York", (2027, 11, 7), 1),
        # By half an hour.
        ("Australia/Lord_Howe", (2027, 4, 4), 1),
        ("Australia/Lord_Howe", (2027, 10, 3), 2),
        # At midnight.
        ("Africa/Cairo", (2027, 4, 30), 0),
    ],
)
def test_there_is_one_a_day_when_the_clock_changes(app, ben, zone, day, hour):
    reader = make_user("rosa", time_zone=zone)
    start = datetime(*day, tzinfo=UTC) - timedelta(hours=40)
    sent: list[date] = []
    with travel(start, tick=False) as clock:
        choose(reader, "digest", "mention")
        notification_choices.change(reader, {}, hour)
        db.session.commit()
        for step in range(3 * 48):
            clock.shift(timedelta(minutes=30))
            now = datetime.now(ZoneInfo(zone))
            if step % 12 == 0:
                mention(reader, ben)
            if digest_emails():
                sent.append(now.date())
                # As soon as it is that hour, or the next if there is none such.
                assert now.hour in (hour, hour + 1)
                assert now.minute <= 30
    assert len(sent) >= 3
    assert sent == [sent[0] + timedelta(days=n) for n in range(len(sent))]
    assert date(*day) in sent


def test_a_journey_to_another_zone_never_means_two_on_a_day(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert len(digest_emails()) == 1
        reader.time_zone = "America/New_York"
        mention(reader, ben)
        clock.move_to(at("America/New_York", 2027, 1, 11, 8))
        assert digest_emails() == []
        clock.move_to(at("America/New_York", 2027, 1, 12, 8))
        assert len(digest_emails()) == 1


def test_people_without_a_zone_or_with_an_unknown_one_get_it_in_utc(ben):
    readers = [make_user("una", time_zone=None), make_user("urs", time_zone="Mars/Olympus")]
    with travel(datetime(2027, 1, 10, 12, tzinfo=UTC), tick=False) as clock:
        for reader in readers:
            choose(reader, "digest", "mention")
            mention(reader, ben)
        clock.move_to(datetime(2027, 1, 11, 7, 55, tzinfo=UTC))
        assert digests.queue_due() == 0
        clock.move_to(datetime(2027, 1, 11, 8, 5, tzinfo=UTC))
        assert digests.queue_due() == 2


def test_it_is_in_the_language_of_its_reader_and_says_how_to_end_it(app, reader, ben):
    reader.language = "zh"
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        (mail,) = digest_emails()
        address = mail["List-Unsubscribe"].strip("<>")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = links.read(Purpose.UNSUBSCRIBE, address.rpartition("/")[2])
    assert link is not None
    assert link.claims == {"kind": "digest"}
    assert "2027年1月11日" in mail["Subject"]
    assert "提到了你" in text_of(mail)
    assert "/settings/notifications" in text_of(mail)


def test_whoever_ended_it_gets_none_and_later_no_old_news(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben, "Old")
        notification_choices.stop_emails(reader, "digest")
        db.session.commit()
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert digest_emails() == []
        clock.move_to(at(MADRID, 2027, 2, 11, 12))
        notification_choices.resume_emails(reader, "digest")
        mention(reader, ben, "New")
        clock.move_to(at(MADRID, 2027, 2, 12, 8))
        (mail,) = digest_emails()
    assert "New" in text_of(mail)
    assert "Old" not in text_of(mail)


@pytest.mark.parametrize("column", ["closed_at", "suspended_until", "applied_at"])
def test_only_those_who_may_read_the_site_get_one(reader, ben, column):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        setattr(reader, column, at(MADRID, 2027, 3, 1))
        db.session.commit()
        assert digests.queue_due() == 0
        setattr(reader, column, None)
        reader.email_verified_at = None
        db.session.commit()
        assert digests.queue_due() == 0


def test_a_site_without_a_mail_server_sends_none(app, reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben)
        app.config["MAIL_SERVER"] = None
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert digests.queue_due() == 0


def test_many_are_queued_in_batches(app, ben, monkeypatch):
    monkeypatch.setattr(digests, "BATCH", 2)
    with travel(at("UTC", 2027, 1, 10, 12), tick=False) as clock:
        readers = [make_user() for _ in range(5)]
        for reader in readers:
            choose(reader, "digest", "mention")
            mention(reader, ben)
        clock.move_to(at("UTC", 2027, 1, 11, 9))
        assert [digests.queue_due() for _ in range(4)] == [2, 2, 1, 0]
        assert {job.user_id for job in queued("mail_digest")} == {one.id for one in readers}


def test_what_comes_while_it_is_queued_is_in_the_next_one(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben, "Before")
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        mention(reader, ben, "Meanwhile")
        (first,) = digest_emails()
        clock.move_to(at(MADRID, 2027, 1, 12, 8))
        (second,) = digest_emails()
    assert ("Before" in text_of(first), "Meanwhile" in text_of(first)) == (True, False)
    assert ("Before" in text_of(second), "Meanwhile" in text_of(second)) == (False, True)


def test_the_day_is_recorded_with_the_job_or_neither(reader, ben):
    with travel(at(MADRID, 2027, 1, 10, 12), tick=False) as clock:
        choose(reader, "digest", "mention")
        mention(reader, ben)
        clock.move_to(at(MADRID, 2027, 1, 11, 8))
        assert digests.queue_due() == 1
        # The worker is killed here.
        db.session.rollback()
        assert queued("mail_digest") == []
        row = db.session.get_one(Digest, reader.id)
        assert row.sent_on == date(2027, 1, 10)
        assert len(digest_emails()) == 1
