"""Who may call what: one table over all routes, and what holds for each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import db
from app.models import Post, Session, User, WordsTemplate
from app.models.moderation.decision import Action
from app.services.accounts import applications, blocklist, invitations
from app.services.community import filters
from app.services.data import exports
from app.services.moderation import appeals, decisions
from app.services.posts import drafts, posts
from app.services.posts.drafts import Writing
from app.services.site.audit import COMMAND_LINE
from app.web.view_options import options_of
from tests.support.factories import make_filter, make_passkey, make_post, make_token, make_user
from tests.support.moderation import decide, make_report
from tests.support.pages import get_page, log_in
from tests.support.roles import make_role

pytestmark = pytest.mark.slow

ANSWERED = "answered"
SIGN_IN = "to the sign-in page"
CONFIRM = "to the page that asks to confirm the address first"
REFUSED = "refused"
MISSING = "as if it did not exist"
WAITING = "to the page of applicants"
APPEAL = "to the page of the suspended"


@dataclass(frozen=True)
class Policy:
    """What each role gets of a route; staff get what strangers do, unless it says otherwise."""

    visitor: str
    unverified: str
    stranger: str
    owner: str
    # Only followers see what they write; otherwise they are members.
    silenced: str = ""
    applicant: str = ""
    suspended: str = ""
    # Somebody with a role of the site's own, which holds one permission of staff.
    log_reader: str = ""
    moderator: str = ""
    administrator: str = ""

    def of(self, role: str) -> str:
        return getattr(self, role) or self.stranger


# The owner comes last, and finds everything as it was.
ROLES = sorted((field.name for field in fields(Policy)), key=lambda name: name == "owner")
EVERYBODY = Policy(ANSWERED, ANSWERED, ANSWERED, ANSWERED)
# Whoever is signed in needs none and is led home.
BROKEN_RESET_LINK = Policy(MISSING, ANSWERED, ANSWERED, ANSWERED)
MEMBERS = Policy(SIGN_IN, ANSWERED, ANSWERED, ANSWERED)
# Whoever is already confirmed is told so.
BROKEN_VERIFY_LINK = Policy(MISSING, MISSING, ANSWERED, ANSWERED)
BROKEN_LINK = Policy(MISSING, MISSING, MISSING, MISSING)
# Members with a confirmed address.
WRITERS = Policy(SIGN_IN, CONFIRM, ANSWERED, ANSWERED)
# Nobody likes what they wrote themselves.
WRITERS_BUT_THE_AUTHOR = Policy(SIGN_IN, CONFIRM, ANSWERED, REFUSED)
# The post is in the language of the page, so there is nothing to translate.
READER_OF_ANOTHER_LANGUAGE = Policy(SIGN_IN, MISSING, MISSING, MISSING)
AUTHOR_WITH_CONFIRMED_ADDRESS = Policy(SIGN_IN, CONFIRM, REFUSED, ANSWERED)
# Everybody may know of it, nobody else may change it.
AUTHOR = Policy(SIGN_IN, REFUSED, REFUSED, ANSWERED)
# Only staff whose role has the permission.
LOG_READERS = Policy(
    SIGN_IN, MISSING, MISSING, MISSING, log_reader=ANSWERED, administrator=ANSWERED
)
INVITERS = Policy(SIGN_IN, CONFIRM, REFUSED, REFUSED, moderator=ANSWERED, administrator=ANSWERED)
ADMINISTRATORS = Policy(SIGN_IN, MISSING, MISSING, MISSING, administrator=ANSWERED)
# Done by the moderator, and gone for the administrator, who comes later.
ONCE = Policy(SIGN_IN, MISSING, MISSING, MISSING, moderator=ANSWERED)
# It ends the sessions of the owner, who comes last.
CLOSING = Policy(SIGN_IN, MISSING, MISSING, SIGN_IN, administrator=ANSWERED)
MODERATORS = Policy(SIGN_IN, MISSING, MISSING, MISSING, moderator=ANSWERED, administrator=ANSWERED)
# Unless the site shows it to everyone.
MODERATORS_OF_PUBLIC = Policy(
    MISSING, MISSING, MISSING, MISSING, moderator=ANSWERED, administrator=ANSWERED
)
# Without a person to report there is no such page.
REPORTERS = Policy(SIGN_IN, CONFIRM, MISSING, MISSING)
# Others do not learn that it exists.
OWNER = Policy(SIGN_IN, MISSING, MISSING, ANSWERED)
OWNER_WHO_WRITES = Policy(SIGN_IN, CONFIRM, MISSING, ANSWERED)

ROUTES = {
    EVERYBODY: (
        "GET static",
        "GET auth.login",
        "POST auth.login",
        "GET auth.logout",
        "POST auth.logout",
        "GET auth.register",
        "POST auth.register",
        "GET auth.check_mail",
        "POST auth.check_mail",
        "GET auth.two_factor",
        "POST auth.two_factor",
        "POST auth.passkey_options",
        "POST auth.sign_in_with_passkey",
        "GET auth.reset_password_request",
        "POST auth.reset_password_request",
        "GET main.login_shortcut",
        "GET main.register_shortcut",
        "GET main.change_password",
        "GET main.about",
        "GET main.site_rules",
        "GET main.site_page",
        "GET main.healthz",
        "GET main.readyz",
        "GET main.robots",
        "GET main.manifest",
        "GET main.theme",
        "GET main.front",
        "GET main.explore",
        "GET main.explore_feed",
        "GET main.search",
        "GET main.people",
        "GET main.tag",
        "GET main.tag_feed",
        "POST main.set_language",
        "GET main.post",
        "GET main.post_history",
        "GET main.post_likes",
        "GET main.post_reposts",
        "GET main.user",
        "GET main.user_replies",
        "GET main.user_feed",
        "GET main.user_popup",
        "GET main.followers",
        "GET main.following",
        "GET main.avatar",
    ),
    BROKEN_RESET_LINK: (
        "GET auth.reset_password",
        "POST auth.reset_password",
    ),
    MEMBERS: (
        "GET main.post_menu",
        "POST main.unlike",
        "POST main.unrepost",
        "POST main.mute_conversation",
        "POST main.unmute_conversation",
        "GET main.liked_posts",
        "POST main.bookmark",
        "POST main.unbookmark",
        "GET main.bookmarked_posts",
        "GET auth.waiting",
        "POST auth.withdraw",
        "GET auth.sudo",
        "POST auth.sudo",
        "POST auth.confirm_with_passkey",
        "GET auth.resend_verification",
        "POST auth.resend_verification",
        "GET main.index",
        "GET main.welcome",
        "POST main.welcome",
        "GET main.welcome_people",
        "GET main.welcome_rules",
        "GET main.messages_page",
        "GET main.conversation",
        "POST main.read_conversation",
        "GET main.notifications",
        "GET main.notification_list",
        "POST main.read_notifications",
        "POST main.read_home",
        "GET main.notification_settings",
        "POST main.notification_settings",
        "POST main.translate",
        "POST main.unfollow",
        "GET main.settings",
        "GET main.edit_profile",
        "POST main.edit_profile",
        "GET main.edit_profile_settings",
        "POST main.edit_profile_settings",
        "GET main.account_settings",
        "GET main.account_forms",
        "POST main.change_username",
        "POST main.change_email",
        "POST main.cancel_email_change",
        "GET main.close_account",
        "POST main.close_account",
        "GET main.password_settings",
        "POST main.password_settings",
        "GET main.keyboard",
        "GET main.appearance_settings",
        "POST main.appearance_settings",
        "GET main.privacy_settings",
        "POST main.privacy_settings",
        "GET main.two_factor_settings",
        "GET main.set_up_two_factor",
        "POST main.turn_on_two_factor",
        "GET main.turn_off_two_factor",
        "POST main.turn_off_two_factor",
        "GET main.recovery_codes",
        "POST main.make_recovery_codes",
        "POST main.recovery_codes_file",
        "GET main.security_log",
        "GET main.passkey_settings",
        "POST main.new_passkey_options",
        "POST main.add_passkey",
        "GET main.session_settings",
        "POST main.end_other_sessions",
        "GET main.token_settings",
        "GET main.block_settings",
        "GET main.export_blocks",
        "GET main.mute_settings",
        "GET main.export_mutes",
        "GET main.filter_settings",
        "GET main.new_filter",
        "POST main.new_filter",
        "POST main.unblock",
        "POST main.unmute",
        "GET main.tag_list",
        "GET main.draft_list",
        "GET main.complete",
        "GET main.scheduled_list",
        "POST main.draft_list",
        "POST main.unfollow_tag",
        "POST main.choose_for_home",
        "POST main.choose_for_person",
        "GET main.follow_request_list",
        "POST main.accept_follow_request",
        "POST main.decline_follow_request",
        "POST main.restore_follow_request",
        "POST main.remove_follower",
        "POST main.dismiss_announcement",
        "GET main.deleted_posts",
        "GET main.export_settings",
        "GET main.export_posts",
        "GET main.appeal",
    ),
    BROKEN_VERIFY_LINK: (
        "GET auth.verify",
        "POST auth.verify",
    ),
    BROKEN_LINK: (
        "GET auth.unsubscribe",
        "POST auth.unsubscribe",
        "GET auth.change_email",
        "POST auth.change_email",
        "GET auth.revert_email",
        "POST auth.revert_email",
        "GET auth.set_up",
        "POST auth.set_up",
        "GET auth.reopen",
        "POST auth.reopen",
    ),
    WRITERS: (
        "POST main.front",
        "POST main.index",
        "POST main.repost",
        "GET main.reply",
        "POST main.reply",
        "GET main.write",
        "POST main.write",
        "GET main.new_message",
        "GET main.send_message",
        "POST main.send_message",
        "POST main.follow",
        "POST main.follow_tag",
        "POST main.block",
        "POST main.import_blocks",
        "POST main.import_mutes",
        "GET main.mute",
        "POST main.mute",
        "POST main.token_settings",
        "POST main.export_settings",
        "POST main.export_posts",
    ),
    WRITERS_BUT_THE_AUTHOR: ("POST main.like",),
    READER_OF_ANOTHER_LANGUAGE: ("POST main.translate_post",),
    AUTHOR_WITH_CONFIRMED_ADDRESS: (
        "GET main.replies_from",
        "POST main.replies_from",
        "POST main.pin_post",
        "POST main.fold_post",
        "GET main.edit_post",
        "POST main.edit_post",
    ),
    # Only the owner has a passkey to be asked for.
    AUTHOR: (
        "POST main.delete_post",
        "POST main.unpin_post",
        "POST main.unfold_post",
        "POST auth.sudo_passkey_options",
    ),
    INVITERS: (
        "GET main.invitation_list",
        "POST main.invitation_list",
    ),
    ADMINISTRATORS: (
        "GET main.admin_people",
        "GET main.admin_person",
        "POST main.verify_person",
        "POST main.send_reset_link",
        "POST main.end_sessions_of",
        "POST main.reset_two_factor_of",
        "POST main.give_role",
        "GET main.approvals",
        "POST main.accept_applications",
        "POST main.refuse_applications",
        "GET main.blocklist_page",
        "POST main.blocklist_page",
        "POST main.remove_block",
        "POST main.restore_block",
        "POST main.send_test_mail",
        "GET main.announcement_list",
        "POST main.announcement_list",
        "POST main.end_announcement",
        "GET main.job_list",
        "POST main.retry_job",
        "POST main.retry_jobs",
        "POST main.drop_job",
        "GET main.admin_invitations",
        "POST main.revoke_any_invitation",
        "GET main.admin_roles",
        "GET main.new_role",
        "POST main.new_role",
        "GET main.edit_role",
        "POST main.edit_role",
        "POST main.delete_role",
        "GET main.site_settings_page",
        "POST main.site_settings_page",
        "GET main.new_words_template",
        "POST main.new_words_template",
        "GET main.edit_words_template",
        "POST main.edit_words_template",
        "POST main.delete_words_template",
        "GET main.site_page_list",
        "GET main.edit_site_page",
        "POST main.edit_site_page",
        "GET main.new_rule",
        "POST main.new_rule",
        "GET main.edit_rule",
        "POST main.edit_rule",
        "POST main.move_rule",
        "POST main.remove_rule",
        "POST main.restore_rule",
        "POST main.dismiss_checklist",
    ),
    CLOSING: ("POST main.close_person",),
    MODERATORS_OF_PUBLIC: ("GET main.decision_log",),
    MODERATORS: (
        "GET main.email_settings",
        "POST main.email_settings",
        "GET main.moderation",
        "GET main.case",
        "POST main.open_case",
        "POST main.take_case",
        "POST main.release_case",
        "POST main.add_note",
        "GET main.appeal_queue",
        "GET main.answer_appeal",
        "GET main.words_templates",
    ),
    ONCE: (
        "POST main.decide",
        "POST main.lift_decision",
        "POST main.undo_decision",
        "POST main.answer_appeal",
    ),
    REPORTERS: (
        "GET main.report",
        "POST main.report",
    ),
    LOG_READERS: (
        "GET main.admin",
        "GET main.audit_log",
        "GET main.export_audit_log",
    ),
    OWNER_WHO_WRITES: ("POST main.publish_draft",),
    OWNER: (
        "GET main.appeal_decision",
        "POST main.appeal_decision",
        "POST main.restore_post",
        "POST main.end_session",
        "POST main.remove_passkey",
        "POST main.revoke_token",
        "POST main.revoke_invitation",
        "GET main.edit_filter",
        "POST main.edit_filter",
        "POST main.delete_filter",
        "POST main.restore_filter",
        "GET main.edit_draft",
        "POST main.edit_draft",
        "POST main.delete_draft",
        "POST main.restore_draft",
        "POST main.retry_export",
        "GET main.download_export",
    ),
}
# What people may call while they wait to be let in, besides what visitors may.
FOR_APPLICANTS = {
    "GET auth.waiting",
    "POST auth.withdraw",
    "GET auth.resend_verification",
    "POST auth.resend_verification",
    "GET main.notifications",
}
# What the suspended may call: their appeal, their data, and leaving.
FOR_SUSPENDED = {
    "GET auth.sudo",
    "POST auth.sudo",
    "POST auth.sudo_passkey_options",
    "POST auth.confirm_with_passkey",
    "GET main.appeal",
    "GET main.appeal_decision",
    "POST main.appeal_decision",
    "GET main.close_account",
    "POST main.close_account",
    "GET main.download_export",
    "GET main.export_posts",
    "POST main.export_posts",
    "GET main.export_settings",
    "POST main.export_settings",
    "POST main.retry_export",
}
POLICIES = {route: policy for policy, routes in ROUTES.items() for route in routes}
# Forms for visitors: whoever is signed in has what they ask for.
LEADS_MEMBERS_ON = {
    "auth.login",
    "auth.register",
    "auth.check_mail",
    "auth.two_factor",
    "auth.passkey_options",
    "auth.sign_in_with_passkey",
    "auth.reset_password_request",
    "auth.reset_password",
}
READABLE = {
    "main.front",
    "main.explore",
    "main.explore_feed",
    "main.search",
    "main.people",
    "main.tag",
    "main.tag_feed",
    "main.post",
    "main.post_history",
    "main.post_likes",
    "main.post_reposts",
    "main.user",
    "main.user_replies",
    "main.user_feed",
    "main.user_popup",
    "main.followers",
    "main.following",
    "main.decision_log",
}


@dataclass
class Scene:
    """ana owns a post and a device; what the addresses of the routes need."""

    owner: User
    arguments: dict[str, object]


@pytest.fixture
def scene(app: Flask) -> Scene:
    owner = make_user("ana")
    post = make_post(owner, "Mine alone to change. #riverside")
    device = app.test_client()
    log_in(device, owner)
    session_id = db.session.scalars(Session.open_of(owner)).one().id
    token_id = make_token(owner).id
    invitation_id = invitations.create(owner, uses=1, days=1).id
    passkey_id = make_passkey(owner).id
    export_id = exports.start(owner).id
    entry_id = blocklist.add("domain", "junk.example", COMMAND_LINE).id
    db.session.commit()
    names = {
        "entry_id": entry_id,
        "export_id": export_id,
        "passkey_id": passkey_id,
        "username": "ana",
        "announcement_id": 1,
        "task_id": 1,
        "token_id": token_id,
        "invitation_id": invitation_id,
        "post_id": post.id,
        "session_id": session_id,
        "filter_id": make_filter(owner, "bread").id,
        "draft_id": drafts.save(owner, "kept", Writing("Not yet")).id,
    }
    names["role_id"] = make_role("Helpers", "write").id
    names |= {"recipient": "ana", "name": "riverside", "token": "no-such-token"}
    names |= {"kind": "atom", "main.notification_list kind": "mentions"}
    names |= {"code": "no-such-code"} | moderation_about(owner)
    names |= {"rule_id": 1, "direction": "down", "language": "es", "act": "hide", "part": "replies"}
    names |= {"main.site_page name": "privacy", "main.edit_site_page name": "privacy"}
    names |= {"version": "1", "filename": "css/site.css"}
    # In a thread that ana began.
    reply = make_post(make_user("guest"), reply_to=post)
    names |= {"main.fold_post post_id": reply.id, "main.unfold_post post_id": reply.id}
    return Scene(owner, names)


def moderation_about(person: User) -> dict[str, object]:
    """A case and a decision about `person`, who has appealed; and a template."""
    decider = make_user("decider", role="moderator")
    decision = decide(person, "warn", by=decider)
    appeals.file(decisions.find(decision.id), "I only sell my own.")
    silencing = decide(make_user("another"), "silence", by=decider)
    template = WordsTemplate(name="Advertising", language="en", words="Once a week.")
    db.session.add(template)
    case = make_report(make_user("reporter"), person)
    return {
        "case_id": case.id,
        "decision_id": decision.id,
        "main.lift_decision decision_id": silencing.id,
        "template_id": template.id,
    }


def expected_of(route: str, role: str) -> str:
    """What `role` gets of a route."""
    policy = POLICIES[route]
    if role == "applicant" and policy.visitor == SIGN_IN and route not in FOR_APPLICANTS:
        return WAITING
    is_kept = policy.visitor == SIGN_IN or route.split()[1] in READABLE
    if role == "suspended" and is_kept and route not in FOR_SUSPENDED:
        return APPEAL
    return policy.of(role)


def routes(app: Flask) -> set[str]:
    return {
        f"{method} {rule.endpoint}"
        for rule in app.url_map.iter_rules()
        # What API clients may call is in tests/api/test_access.py.
        if not rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_in_the_table(app: Flask) -> None:
    assert routes(app) == set(POLICIES)


def address(app: Flask, endpoint: str, scene: Scene) -> str:
    rule = next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint)
    known = scene.arguments
    arguments = {n: known.get(f"{endpoint} {n}", known.get(n)) for n in rule.arguments}
    with app.test_request_context():
        return str(app.url_for(endpoint, **arguments))


def make_log_reader() -> User:
    make_role("Readers", "write", "message", "report", "see_audit_log")
    return make_user("reader", role="readers")


def make_applicant() -> User:
    person = make_user("applicant")
    applications.apply(person, "I live here.", "")
    db.session.commit()
    return person


def decided(action: Action) -> User:
    person = make_user(action)
    decide(person, action)
    return person


def client_of(app: Flask, role: str, scene: Scene) -> FlaskClient:
    client = app.test_client()
    people: dict[str, Callable[[], User]] = {
        "unverified": lambda: make_user("una", email_verified_at=None),
        "stranger": lambda: make_user("cleo"),
        "silenced": lambda: decided("silence"),
        "suspended": lambda: decided("suspend"),
        "applicant": make_applicant,
        "log_reader": make_log_reader,
        "moderator": lambda: make_user("mod", role="moderator"),
        "administrator": lambda: make_user("boss", role="administrator"),
        "owner": lambda: scene.owner,
    }
    if role in people:
        log_in(client, people[role]())
    return client


def token_for(client: FlaskClient) -> str:
    page = get_page(client, "/auth/logout")
    return page.fields("/auth/logout")["csrf_token"]


def outcome(status: int, location: str | None) -> str:
    if status in (404, 410):
        return MISSING
    if status == 403:
        return REFUSED
    if status == 302 and location:
        if location.startswith("/auth/verify/resend"):
            return CONFIRM
        if location in ("/auth/waiting", "/appeal"):
            return WAITING if location == "/auth/waiting" else APPEAL
        if location.startswith("/auth/login?next=") or location == "/auth/login":
            return SIGN_IN
    # 415: answered, but only to clients that send JSON.
    assert status < 400 or status in (415, 422), status
    return ANSWERED


@pytest.mark.parametrize("route", sorted(POLICIES))
def test_each_role_gets_what_the_table_says(app: Flask, scene: Scene, route: str) -> None:
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    method, endpoint = route.split()
    url = address(app, endpoint, scene)
    if endpoint == "main.verify_person":
        scene.owner.email_verified_at = None
    if endpoint == "main.restore_block":
        blocklist.remove(scene.arguments["entry_id"], COMMAND_LINE)
    if endpoint == "main.restore_draft":
        drafts.delete(scene.owner, scene.arguments["draft_id"])
    if endpoint == "main.restore_filter":
        filters.delete(scene.owner, scene.arguments["filter_id"])
    if endpoint == "main.restore_post":
        posts.delete(db.session.get_one(Post, scene.arguments["post_id"]))
    db.session.commit()
    if endpoint == "main.download_export":
        app.test_cli_runner().invoke(args=["worker", "--drain"])
    for role in ROLES:
        expected = expected_of(route, role)
        client = client_of(app, role, scene)
        data = {"csrf_token": token_for(client), "language": "es"} if method == "POST" else None
        response = client.open(url, method=method, data=data)
        got = outcome(response.status_code, response.location)
        # The sign-in page is where reset requests and confirmed links lead everybody.
        leads_there = endpoint.startswith("auth.") or endpoint == "main.login_shortcut"
        if expected == ANSWERED and leads_there and got in (SIGN_IN, CONFIRM):
            got = ANSWERED
        assert got == expected, (role, response.status, response.location)


@pytest.mark.parametrize("endpoint", sorted(READABLE))
def test_a_closed_site_shows_visitors_nothing(app: Flask, scene: Scene, endpoint: str) -> None:
    app.config["PUBLIC_READING"] = False
    response = app.test_client().get(address(app, endpoint, scene))
    assert response.status_code == 302
    assert response.location.startswith("/auth/login")
    assert "Mine alone" not in response.text


def test_a_closed_site_shows_strangers_no_pictures(app: Flask, scene: Scene) -> None:
    app.config["PUBLIC_READING"] = False
    url = address(app, "main.avatar", scene)
    assert app.test_client().get(url).status_code == 404
    answer = client_of(app, "stranger", scene).get(url)
    assert answer.status_code == 200
    assert "public" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize("route", sorted(name for name in POLICIES if name.startswith("POST")))
def test_every_form_needs_its_token(app: Flask, scene: Scene, route: str) -> None:
    endpoint = route.split()[1]
    client = app.test_client()
    log_in(client, scene.owner)
    url = address(app, endpoint, scene)
    cross_site = client.post(url, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross_site.status_code == 403
    if endpoint in ("main.set_language", "auth.unsubscribe"):
        # The one stands on pages that all visitors share, and changes nobody's account. The other
        # is for mail programs too, and its address is a secret.
        return
    if endpoint in LEADS_MEMBERS_ON:
        assert client.post(url).status_code == 302
        client = app.test_client()
    for data in ({}, {"csrf_token": "forged.token"}):
        assert client.post(url, data=data).status_code == 400
    assert client.post(url, json={"csrf_token": "x"}).status_code == 400


def test_what_staff_change_needs_the_password_again(app: Flask) -> None:
    """Every view under these addresses says who may call it, and so asks those for the password."""
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(("/admin/", "/moderation")):
            assert options_of(rule.endpoint).permissions, rule


@pytest.mark.parametrize("role", [role for role in ROLES if role not in ("visitor", "owner")])
def test_what_is_resumed_is_shown_to_those_alone_who_may_open_it(
    app: Flask, scene: Scene, role: str
) -> None:
    """The client says where a form came from, so signing in must not lead around the checks."""
    app.config["EMAILS_MUST_BE_VERIFIED"] = True
    client = client_of(app, role, scene)
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or not options_of(rule.endpoint).is_resumable:
            continue
        # As the page of the form answers, or the form itself where there is no page.
        routes = (f"GET {rule.endpoint}", f"POST {rule.endpoint}")
        expected = {expected_of(route, role) for route in routes if route in POLICIES}
        if POLICIES[f"POST {rule.endpoint}"] is ONCE and role == "administrator":
            expected = {ANSWERED}
        path = address(app, rule.endpoint, scene)
        response = client.post("/auth/login", data={"resume": path})
        got = outcome(response.status_code, response.location)
        assert got in expected, (rule, response.status, response.location)
