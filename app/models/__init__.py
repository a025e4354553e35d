"""The database models."""

from app.models.accounts.application import Application
from app.models.accounts.blocklist_entry import BlocklistEntry
from app.models.accounts.invitation import Invitation, Invitee
from app.models.accounts.passkey import Passkey, PasskeyChallenge
from app.models.accounts.role import Role
from app.models.accounts.security_event import SecurityEvent
from app.models.accounts.session import Session
from app.models.accounts.token import Token
from app.models.accounts.two_factor import Authenticator, RecoveryCode
from app.models.accounts.user import FormerUsername, User
from app.models.community.block import Block
from app.models.community.conversation_mute import ConversationMute
from app.models.community.filter import Filter, FilterKeyword
from app.models.community.follow import Follow
from app.models.community.follow_request import FollowRequest
from app.models.community.mute import Mute
from app.models.community.tag_follow import TagFollow
from app.models.data.export import Export
from app.models.data.search_change import SearchChange
from app.models.data.submission import Submission
from app.models.messages.mail_opt_out import MailOptOut
from app.models.messages.message import Conversation, Message, Participation
from app.models.messages.notification import Notification, NotificationGroup
from app.models.messages.notification_choice import Digest, NotificationChoice
from app.models.moderation.case import Case, CaseNote, Report, ReportedCopy
from app.models.moderation.decision import Appeal, Decision, HiddenPost, NotedPost, WordsTemplate
from app.models.posts.bookmark import Bookmark
from app.models.posts.draft import Draft
from app.models.posts.like import Like
from app.models.posts.marker import Marker
from app.models.posts.mention import Mention
from app.models.posts.post import Post, PostCount, PostRevision, PostTag
from app.models.posts.translation import Translation
from app.models.site.announcement import (
    Announcement,
    AnnouncementDismissal,
    AnnouncementText,
)
from app.models.site.audit_entry import AuditDetail, AuditEntry
from app.models.site.daily_figure import DailyFigure
from app.models.site.rate_limit import RateLimit
from app.models.site.rule import Rule, RuleText
from app.models.site.setup_code import SetupCode
from app.models.site.site_page import SitePage
from app.models.site.site_setting import SiteSetting, SiteVersion
from app.models.site.task import Task

__all__ = [
    "Announcement",
    "AnnouncementDismissal",
    "AnnouncementText",
    "Appeal",
    "Application",
    "AuditDetail",
    "AuditEntry",
    "Authenticator",
    "Block",
    "BlocklistEntry",
    "Bookmark",
    "Case",
    "CaseNote",
    "Conversation",
    "ConversationMute",
    "DailyFigure",
    "Decision",
    "Digest",
    "Draft",
    "Export",
    "Filter",
    "FilterKeyword",
    "Follow",
    "FollowRequest",
    "FormerUsername",
    "HiddenPost",
    "Invitation",
    "Invitee",
    "Like",
    "MailOptOut",
    "Marker",
    "Mention",
    "Message",
    "Mute",
    "NotedPost",
    "Notification",
    "NotificationChoice",
    "NotificationGroup",
    "Participation",
    "Passkey",
    "PasskeyChallenge",
    "Post",
    "PostCount",
    "PostRevision",
    "PostTag",
    "RateLimit",
    "RecoveryCode",
    "Report",
    "ReportedCopy",
    "Role",
    "Rule",
    "RuleText",
    "SearchChange",
    "SecurityEvent",
    "Session",
    "SetupCode",
    "SitePage",
    "SiteSetting",
    "SiteVersion",
    "Submission",
    "TagFollow",
    "Task",
    "Token",
    "Translation",
    "User",
    "WordsTemplate",
]
