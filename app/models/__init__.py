"""The rows of the product."""

from app.models.export import Export
from app.models.follow import Follow
from app.models.idempotency_key import IdempotencyKey
from app.models.message import Conversation, Message, Participation
from app.models.notification import Notification
from app.models.post import Post, PostRevision, PostTag
from app.models.rate_limit import RateLimit
from app.models.search_change import SearchChange
from app.models.session import Session
from app.models.task import Task
from app.models.token import Token
from app.models.translation import Translation
from app.models.user import FormerUsername, User

__all__ = [
    "Conversation",
    "Export",
    "Follow",
    "FormerUsername",
    "IdempotencyKey",
    "Message",
    "Notification",
    "Participation",
    "Post",
    "PostRevision",
    "PostTag",
    "RateLimit",
    "SearchChange",
    "Session",
    "Task",
    "Token",
    "Translation",
    "User",
]
