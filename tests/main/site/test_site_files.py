"""robots.txt, the manifest, and what pages tell search engines and link previews."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.models import User
from app.services.site import site_settings
from app.services.site.audit import COMMAND_LINE
from tests.support.factories import make_post
from tests.support.pages import Page, get_page, log_in


def meta(page: Page, name: str) -> list[str | None]:
    found = page.all("meta", name=name) + page.all("meta", property=name)
    return [tag.get("content") for tag in found]


def title(page: Page) -> str:
    return str(page.all("title")[0].text)


def test_robots_are_told_what_not_to_crawl(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    assert answer.text.startswith("User-agent: *\nDisallow: /admin/\nDisallow: /api/\n")
    assert "Disallow: /\n" not in answer.text
    assert answer.text.endswith("Allow: /api/docs\n")


def test_a_private_site_is_for_no_robot(app: Flask, client: FlaskClient, ana: User) -> None:
    app.config["PUBLIC_READING"] = False
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert meta(get_page(client, "/auth/login"), "robots") == ["noindex"]
    log_in(client, ana)
    page = get_page(client, "/user/ana")
    assert meta(page, "robots") == ["noindex"]
    assert meta(page, "og:title") == [] and page.all("link", rel="canonical") == []


def test_only_pages_that_people_look_for_are_listed(client: FlaskClient, ana: User) -> None:
    post = make_post(ana, "Bread #garden")
    for path in ("/", "/explore", "/user/ana", f"/post/{post.id}", "/tag/garden"):
        assert meta(get_page(client, path), "robots") == [], path
    for path in ("/search", "/search?q=bread", "/auth/login", f"/post/{post.id}/history"):
        assert meta(get_page(client, path), "robots") == ["noindex"], path


def test_whoever_does_not_want_it_is_in_no_search_engine(
    client: FlaskClient, ana: User, ben: User
) -> None:
    post = make_post(ana, "Bread #garden")
    make_post(ben, "Soup #garden")

    def quotable() -> list[bool]:
        """Whether search engines may quote each of the two cards."""
        cards = get_page(client, "/explore").all("article", class_="post")
        return [all("data-nosnippet" not in part.attrib for part in card) for card in cards]

    assert quotable() == [True, True]
    ana.is_indexable = False
    db.session.commit()
    for path in ("/user/ana", f"/post/{post.id}"):
        assert meta(get_page(client, path), "robots") == ["noindex"], path
    assert quotable() == [True, False]
    assert meta(get_page(client, "/user/ben"), "robots") == []


def test_what_is_no_page_to_look_for_says_so_by_a_header(client: FlaskClient, ana: User) -> None:
    post = make_post(ana, "Bread #garden")
    for path in ("/user/ana/feed.atom", "/explore/feed.json", "/tag/garden/feed.atom"):
        assert client.get(path).headers["X-Robots-Tag"] == "noindex", path
    for path in ("/user/ana/popup", "/user/ana/avatar.svg", "/auth/login", "/api/users"):
        assert client.get(path).headers["X-Robots-Tag"] == "noindex", path
    for path in ("/", "/explore", "/user/ana", f"/post/{post.id}", "/api/docs"):
        assert "X-Robots-Tag" not in client.get(path).headers, path


def test_a_preview_says_who_and_what(app: Flask, client: FlaskClient, ana: User) -> None:
    base = app.config["BASE_URL"]
    post = make_post(ana, "The bakery opens again")
    page = get_page(client, f"/post/{post.id}")
    assert meta(page, "description") == meta(page, "og:description") == ["The bakery opens again"]
    assert "@ana" in str(meta(page, "og:title"))
    assert meta(page, "og:url") == [f"{base}/post/{post.id}"]
    assert [link.get("href") for link in page.all("link", rel="canonical")] == meta(page, "og:url")
    for path in ("/", "/user/ana", "/explore", "/tag/garden"):
        page = get_page(client, path)
        assert meta(page, "description")[0] and meta(page, "og:url") == [base + path], path


def test_the_title_of_a_post_is_its_first_sixty_characters(client: FlaskClient, ana: User) -> None:
    long = make_post(ana, "The bakery on the corner " * 8)
    short = make_post(ana, "Rain")
    first, second = (get_page(client, f"/post/{post.id}") for post in (long, short))
    words, name, _site = title(first).split(" · ")
    assert words.startswith("The bakery on the corner") and 40 < len(words) <= 60
    assert name == ana.name and title(second).startswith("Rain · ")


def test_pages_of_one_list_have_titles_of_their_own(
    app: Flask, client: FlaskClient, ana: User
) -> None:
    app.config["POSTS_PER_PAGE"] = 2
    posts = [make_post(ana, f"Post {number} #garden") for number in range(5)]
    for path in ("/", "/explore", "/user/ana", "/tag/garden"):
        pages = [get_page(client, path + cursor) for cursor in ("", f"?before={posts[3].id}")]
        assert title(pages[0]) != title(pages[1]), path


def test_a_permalink_leads_back_and_names_its_author_once(client: FlaskClient, ana: User) -> None:
    page = get_page(client, f"/post/{make_post(ana, 'Rain').id}")
    assert [h1.text for h1 in page.all("h1")] == ["The post"]
    assert [link.get("href") for link in page.all("a", class_="page-head__back")] == ["/explore"]


def test_the_site_can_be_installed(app: Flask, client: FlaskClient) -> None:
    app.config["SITE_NAME"] = "Riverside"
    page = get_page(client, "/")
    (link,) = page.all("link", rel="manifest")
    answer = client.get(str(link.get("href")))
    assert answer.mimetype == "application/manifest+json"
    assert answer.json is not None and answer.json["name"] == "Riverside"
    (touch,) = page.all("link", rel="apple-touch-icon")
    for path in [touch.get("href"), *(icon["src"] for icon in answer.json["icons"])]:
        assert client.get(str(path)).mimetype == "image/png", path
    assert len(meta(page, "theme-color")) == 2


def test_a_chosen_theme_colors_the_frame_of_the_browser(client: FlaskClient, ana: User) -> None:
    ana.theme = "dark"
    log_in(client, ana)
    assert meta(get_page(client, "/index"), "theme-color") == ["#171612"]


def test_a_theme_that_another_process_changed_is_read_again(
    app: Flask, client: FlaskClient
) -> None:
    site_settings.change({"ACCENT_COLOR": "#8a1c7c"}, COMMAND_LINE)
    db.session.commit()
    assert "#8a1c7c" in client.get("/theme.css?v=unknown").text
    assert app.config["ACCENT_COLOR"] == "#8a1c7c"


def test_only_the_theme_that_was_asked_for_may_be_kept(client: FlaskClient) -> None:
    answer = client.get("/theme.css?v=unknown")
    assert answer.mimetype == "text/css"
    assert "max-age=0" in answer.headers["Cache-Control"]
    assert "immutable" not in answer.headers["Cache-Control"]


def test_a_color_from_the_environment_is_made_readable(app: Flask, client: FlaskClient) -> None:
    app.config["ACCENT_COLOR"] = "#ffd400"
    assert "--accent: #806a00;" in client.get("/theme.css").text
