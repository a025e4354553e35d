"""One's archive: asked for, made by the worker, told of, fetched, and gone again."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import html5lib
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.backends.jobs import get_jobs
from app.lib.dates import utcnow
from app.models import Export, Notification, Task, User
from app.services.community import conversation_mutes, filters
from app.services.data import exports
from app.services.posts import bookmarks, likes, markers, pins, posts, reply_rules
from app.services.posts.composition import compose_in
from app.tasks import export_posts
from tests.support import mailbox
from tests.support.factories import make_filter, make_follow, make_message, make_post
from tests.support.pages import Page, counted_statements, get_page, log_in, send

EXPORT, BUTTON, POLL = "/settings/export", "Create archive", "/notifications"


@pytest.fixture
def client(app: Flask, ana: User) -> FlaskClient:
    """The browser of ana."""
    client = app.test_client()
    log_in(client, ana)
    return client


def work(app: Flask) -> None:
    db.session.commit()
    done = app.test_cli_runner().invoke(args=["worker", "--drain"])
    assert done.exit_code == 0, done.output
    db.session.expire_all()


def newest() -> Export:
    db.session.expire_all()
    export = db.session.scalars(
        sa.select(Export).options(sa.orm.joinedload(Export.task)).order_by(Export.id.desc())
    ).first()
    assert export is not None
    return export


def archive(app: Flask, client: FlaskClient) -> ZipFile:
    """Ask for an archive, wait for it and fetch it."""
    send(client, EXPORT)
    work(app)
    (link,) = get_page(client, EXPORT).all("a", download="")
    answer = client.get(link.get("href") or "")
    assert answer.status_code == 200
    return ZipFile(BytesIO(answer.data))


def data(zipped: ZipFile, name: str) -> Any:
    return json.loads(zipped.read(name))


def test_the_archive_holds_what_somebody_wrote_and_chose(app, client, ana, ben):
    make_follow(ana, ben)
    make_follow(ben, ana)
    post = make_post(ana, "The **bakery** opens. #news", title="Bread")
    posts.edit(post, compose_in("en", "The **bakery** opens at 8. #news", title="Bread"))
    make_post(ana, "明天见 🍞")
    posts.delete(make_post(ana, "Nobody shall know."))
    other = make_post(ben, "Not of ana.")
    likes.like(ana, other)
    bookmarks.bookmark(ana, other)
    conversation_mutes.mute(ana, other)
    pins.pin(ana, post)
    reply_rules.change(post, "followed")
    markers.mark_read(ana, other.id)
    db.session.commit()
    make_filter(ana, "bread", "#cake", title="Carbs", contexts=["home"])
    filters.delete(ana, make_filter(ana, "forgotten").id)
    make_message(ana, ben, "See you at the <river>?")
    make_message(ben, ana, "Written by ben alone.")
    zipped = archive(app, client)
    assert zipped.testzip() is None

    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
    (first, second) = data(zipped, "posts.json")["posts"]
    assert set(first) == {"body", "timestamp"}
    assert first["body"] == "The **bakery** opens at 8. #news"
    assert second["body"] == "明天见 🍞"
    assert re.fullmatch(stamp, first["timestamp"])
    full = data(zipped, "posts_with_history.json")["posts"][0]
    assert (full["id"], full["title"], full["tags"]) == (post.id, "Bread", ["news"])
    assert [was["body"] for was in full["earlier_versions"]] == ["The **bakery** opens. #news"]
    assert re.fullmatch(stamp, full["edited_at"])
    assert full["replies_from"] == "followed" and re.fullmatch(stamp, full["pinned_at"])
    for name in ("likes", "bookmarks", "muted_conversations"):
        (mark,) = data(zipped, f"{name}.json")[name]
        assert mark["post_id"] == other.id and re.fullmatch(stamp, mark["since"])
    (row,) = data(zipped, "filters.json")["filters"]
    words = [{"keyword": word, "whole_word": True} for word in ("bread", "#cake")]
    assert re.fullmatch(stamp, row.pop("created_at"))
    terms = {"title": "Carbs", "contexts": ["home"], "action": "warn", "expires_at": None}
    assert row == terms | {"keywords": words}
    (message,) = data(zipped, "messages.json")["messages"]
    assert (message["to"], message["body"]) == ("ben", "See you at the <river>?")
    assert [row["username"] for row in data(zipped, "following.json")["following"]] == ["ben"]
    assert [row["username"] for row in data(zipped, "followers.json")["followers"]] == ["ben"]
    events = data(zipped, "security_log.json")["events"]
    assert {event["event"] for event in events} == {"signed_in"}
    assert events[0]["network"] == "127.0.0.0/24"
    profile = data(zipped, "profile.json")
    assert (profile["username"], profile["email"]) == ("ana", "ana@example.com")
    assert (profile["uses_shortcuts"], profile["read_up_to_post_id"]) == (True, other.id)
    everything = b"".join(zipped.read(name) for name in zipped.namelist()).decode()
    for secret in ("Nobody shall know", "Not of ana", "Written by ben", ana.password_hash):
        assert secret not in everything


def test_the_archive_says_who_may_read_what(app, client, ana):
    ana.default_visibility = "followers"
    make_post(ana, "明天见 🍞 #bread")
    zipped = archive(app, client)
    (post,) = data(zipped, "posts_with_history.json")["posts"]
    assert (post["visibility"], post["tags"]) == ("followers", ["bread"])
    profile = data(zipped, "profile.json")
    assert (profile["approves_followers"], profile["default_visibility"]) == (False, "followers")


def test_the_pages_of_the_archive_read_without_the_site(app, client, ana, ben):
    ana.about_me, ana.theme = "<b>Baker</b>", "dark"
    post = make_post(ana, "Ask @ben <script>alert(1)</script> #bread")
    old = make_post(ana, "Long ago.", created_at=utcnow() - timedelta(days=400))
    make_message(ana, ben, "By **letter**")
    zipped = archive(app, client)
    names = zipped.namelist()
    pages = [name for name in names if name.endswith(".html")]
    assert len([name for name in pages if name.startswith("posts/")]) == 2
    assert len([name for name in pages if name.startswith("messages/")]) == 1
    for name in pages:
        text = zipped.read(name).decode()
        html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
        assert 'data-bs-theme="dark"' in text
        assert "<script>" not in text and " style=" not in text
        # Everything it loads is in the archive, everything else is a full address.
        folder = Path(name).parent
        for address in re.findall(r'(?:href|src)="([^"]+)"', text):
            if not address.startswith("http"):
                path = Path("/", folder, address.split("#")[0]).resolve()
                assert str(path).lstrip("/") in names, (name, address)
    index = zipped.read("index.html").decode()
    assert "&lt;b&gt;Baker&lt;/b&gt;" in index
    assert 'href="http://localhost:5000/user/ben"' in index
    assert f'id="posts-{post.id}"' in index
    found = "".join(zipped.read(name).decode() for name in names if name.startswith("search/"))
    (entries,) = re.fullmatch(r"archivePart\((.*)\);\n", found, re.DOTALL).groups()
    places = {place: text for place, _day, text in json.loads(entries)}
    assert f"posts/{old.created_at:%Y-%m}.html#posts-{old.id}" in places
    assert "By **letter**" in places.values()


def test_a_month_with_many_posts_has_several_pages(app, client, ana, monkeypatch):
    monkeypatch.setattr("app.services.data.exports.pages.ITEMS_PER_PAGE", 3)
    monkeypatch.setattr("app.services.data.exports.pages.ITEMS_PER_SEARCH_FILE", 4)
    moment = utcnow().replace(day=15)
    for number in range(7):
        make_post(ana, f"Post number {number}.", created_at=moment + timedelta(minutes=number))
    zipped = archive(app, client)
    month = f"posts/{moment:%Y-%m}"
    pages = [name for name in zipped.namelist() if name.startswith("posts/")]
    assert pages == [f"{month}.html", f"{month}-2.html", f"{month}-3.html"]
    assert [zipped.read(name).decode().count("<article") for name in pages] == [3, 3, 1]
    assert [name for name in zipped.namelist() if name.startswith("search/")] == [
        "search/1.js",
        "search/2.js",
    ]
    assert 'data-parts="2"' in zipped.read("index.html").decode()


@pytest.mark.parametrize(("language", "words"), [("es", "Copia de"), ("zh", "的存档")])
def test_the_archive_speaks_the_language_of_its_owner(app, client, ana, language, words):
    ana.language, ana.time_zone = language, "Pacific/Apia"
    make_post(ana, "Hello.")
    assert words in archive(app, client).read("index.html").decode()


def test_somebody_without_posts_gets_an_archive_too(app, client):
    zipped = archive(app, client)
    assert data(zipped, "posts.json") == {"posts": []}
    assert "You haven't written anything yet." in zipped.read("index.html").decode()


def test_the_owner_is_told_on_the_site_and_by_mail_once(app, client, ana):
    send(client, EXPORT)
    export_id = newest().id
    work(app)
    # A worker that was thought dead finishes too.
    for _ in exports.build(export_id):
        pass
    exports._finish(export_id)
    told = db.session.scalars(sa.select(Notification).where(Notification.user_id == ana.id)).all()
    assert [(row.name, row.payload["event"]) for row in told] == [("export", "ready")]
    (mail,) = mailbox.waiting("export_ready", "ana@example.com")
    address = f"http://localhost:5000/settings/export/{export_id}/archive.zip"
    assert address in mailbox.read(mail)
    page = get_page(client, "/notifications/all/archives")
    assert "Your archive is ready" in page.text
    assert page.all("a", href=EXPORT)
    assert "Your archive is ready" not in get_page(client, "/notifications/all/security").text


def test_only_the_owner_can_fetch_it_and_only_for_seven_days(app, client, ana, ben):
    archive(app, client)
    export = newest()
    path = f"{EXPORT}/{export.id}/archive.zip"
    answer = client.get(path)
    name = f"microblog-ana-{export.finished_at:%Y-%m-%d}.zip"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}"
    assert answer.headers["Content-Type"] == "application/zip"
    assert "no-store" in answer.headers["Cache-Control"]
    assert int(answer.headers["Content-Length"]) == export.size
    other = app.test_client()
    assert "/auth/login?next=" in other.get(path).location
    log_in(other, ben)
    get_page(other, path, status=404)
    assert f"{export.id}/archive.zip" not in get_page(other, EXPORT).response.text

    export.finished_at -= timedelta(days=7, minutes=1)
    export.created_at -= timedelta(days=7, minutes=2)
    db.session.commit()
    get_page(client, path, status=404)
    assert not get_page(client, EXPORT).all("a", download="")
    file = exports.path_of(export.id)
    assert file.is_file()
    assert exports.purge() == 1
    assert not file.exists()


def test_a_file_that_was_lost_is_a_page_and_no_error(app, client):
    archive(app, client)
    exports.path_of(newest().id).unlink()
    get_page(client, f"{EXPORT}/{newest().id}/archive.zip", status=404)
    page = get_page(client, EXPORT)
    assert BUTTON in page.text and not page.all("a", download="")


def test_files_without_a_row_are_cleared_away(app, client, ana):
    archive(app, client)
    folder = exports.path_of(0).parent
    (folder / "77-1.part").touch()
    (folder / "78.zip").touch()
    exports.purge()
    assert {file.name for file in folder.iterdir()} == {f"{newest().id}.zip", "77-1.part"}
    db.session.delete(ana)
    db.session.commit()
    exports.purge()
    assert {file.name for file in folder.iterdir()} == {"77-1.part"}


def progress_of(page: Page) -> list[str | None]:
    return [bar.get("value") for bar in page.all("progress")]


def test_every_page_shows_how_far_it_is(app, client, ana):
    for number in range(3):
        make_post(ana, f"Post {number}")
    assert progress_of(get_page(client, "/index")) == []
    send(client, EXPORT)
    page = get_page(client, EXPORT)
    assert progress_of(page) == ["0"]
    assert "In the queue." in page.text
    assert not page.all("button", value=BUTTON) and BUTTON not in page.text
    exports.set_progress(newest().id, 42)
    for path in ("/index", "/explore", "/settings", EXPORT):
        assert progress_of(get_page(client, path)) == ["42"]
    (item,) = [i for i in client.get(POLL).json if i["name"] == "task_progress"]
    data = {"task_id": str(newest().id), "progress": 42, "state": "waiting"}
    assert item == {"name": "task_progress", "data": data, "timestamp": item["timestamp"]}
    assert client.get(f"{POLL}?since={item['timestamp']}").json == []
    work(app)
    assert progress_of(get_page(client, "/index")) == []
    (item,) = [i for i in client.get(POLL).json if i["name"] == "task_progress"]
    assert (item["data"]["progress"], item["data"]["state"]) == (100, "ready")


def test_the_worker_notes_how_far_it_is(app, client, ana, monkeypatch):
    monkeypatch.setattr("app.services.data.exports.data.READ_BATCH", 2)
    for number in range(10):
        make_post(ana, f"Post {number}")
    send(client, EXPORT)
    job = get_jobs().claim("somebody")
    db.session.commit()
    assert newest().state == "running"
    seen = []
    for percent in exports.build(newest().id):
        exports.set_progress(newest().id, percent)
        db.session.commit()
        seen.append(newest().progress)
    assert seen == [20, 40, 60, 80, 99]
    assert job is not None


def test_a_worker_that_lost_its_lease_leaves_the_archive_to_the_other(app, client, ana):
    make_post(ana, "Hello.")
    send(client, EXPORT)
    late = get_jobs().claim("late")
    db.session.execute(sa.update(Task).values(available_at=utcnow()))
    db.session.commit()
    assert newest().state == "resuming"
    assert "It was interrupted and will resume" in get_page(client, EXPORT).text
    in_time = get_jobs().claim("in time")
    db.session.commit()
    with pytest.raises(Exception, match="taken the job over"):
        export_posts(late)
    db.session.rollback()
    assert newest().finished_at is None
    export_posts(in_time)
    assert newest().finished_at is not None
    assert [f.suffix for f in exports.path_of(0).parent.iterdir()] == [".zip"]


def test_one_archive_at_a_time(app, client):
    send(client, EXPORT)
    fields = get_page(client, "/settings/privacy").fields("/settings/privacy")
    client.post(EXPORT, data=fields)
    assert "Your archive is already being created." in get_page(client, EXPORT).text
    assert len(db.session.scalars(sa.select(Export)).all()) == 1


def test_three_archives_a_day(app, client):
    app.config["RATELIMIT_ENABLED"] = True
    for _ in range(3):
        assert send(client, EXPORT).status_code == 302
        work(app)
    page = get_page(client, EXPORT)
    assert len(page.all("a", download="")) == 3
    answer = client.post(EXPORT, data=page.fields(EXPORT))
    assert answer.status_code == 429
    assert len(db.session.scalars(sa.select(Export)).all()) == 3


def test_a_failed_archive_says_so_and_can_be_tried_again(app, client, ana):
    folder = exports.path_of(0).parent
    folder.rmdir() if folder.exists() else None
    # No folder can be made where a file is.
    folder.touch()
    send(client, EXPORT)
    exports.set_progress(newest().id, 60)
    for _ in range(exports.ATTEMPTS_MAX + 1):
        db.session.execute(sa.update(Task).values(available_at=utcnow()))
        work(app)
    assert newest().state == "failed"
    page = get_page(client, EXPORT)
    assert "We couldn't create your archive." in page.text
    assert progress_of(get_page(client, "/index")) == []
    told = get_page(client, "/notifications/all").text
    assert told.count("We couldn't create your archive") == 1
    folder.unlink()
    retry = f"{EXPORT}/{newest().id}/retry"
    assert client.post(retry, data=page.fields(retry)).status_code == 302
    assert (newest().state, newest().progress) == ("waiting", 0)
    assert client.post(retry, data=page.fields(retry)).status_code == 302
    assert "Your archive is already being created." in get_page(client, EXPORT).text
    work(app)
    assert newest().state == "ready"
    assert len(db.session.scalars(sa.select(Export)).all()) == 1


def test_a_finished_archive_is_not_tried_again(app, client):
    archive(app, client)
    fields = get_page(client, "/settings/privacy").fields("/settings/privacy")
    assert client.post(f"{EXPORT}/{newest().id}/retry", data=fields).status_code == 302
    assert (newest().state, newest().progress) == ("ready", 100)
    assert (
        db.session.scalars(
            sa.select(Task.id).where(Task.finished_at.is_(None), Task.key.is_(None))
        ).all()
        == []
    )


def test_an_archive_whose_task_is_gone_has_failed_and_another_may_be_made(app, client):
    send(client, EXPORT)
    db.session.execute(sa.delete(Task))
    db.session.commit()
    assert newest().state == "failed"
    page = get_page(client, EXPORT)
    retry = f"{EXPORT}/{newest().id}/retry"
    client.post(retry, data=page.fields(retry))
    assert newest().state == "waiting"
    work(app)
    assert newest().state == "ready"


def test_an_archive_of_a_closed_account_is_not_made(app, client, ana):
    send(client, EXPORT)
    ana.closed_at = utcnow()
    work(app)
    assert newest().finished_at is None
    assert not list(app.config["EXPORT_FOLDER"].glob("*"))
    # Whoever comes back finds no bar that never moves, but the way to try again.
    assert newest().state == "failed"
    exports.retry(ana, newest())
    assert newest().state == "waiting"


def test_the_old_address_shows_the_button(client):
    page = get_page(client, "/export_posts")
    assert BUTTON in page.text
    assert client.post("/export_posts", data=page.fields(EXPORT)).status_code == 302
    assert newest().state == "waiting"


def test_the_poll_costs_no_more_with_an_archive(client):
    send(client, EXPORT)
    with counted_statements() as statements:
        client.get(POLL)
    assert len(statements) <= 2
