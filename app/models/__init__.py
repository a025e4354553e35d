"""The rows of the product."""

from app.models.follow import Follow
from app.models.idempotency_key import IdempotencyKey
from app.models.post import Post, PostRevision, PostTag
from app.models.rate_limit import RateLimit
from app.models.session import Session
from app.models.task import Task
from app.models.token import Token
from app.models.user import FormerUsername, User

__all__ = [
    "Follow",
    "FormerUsername",
    "IdempotencyKey",
    "Post",
    "PostRevision",
    "PostTag",
    "RateLimit",
    "Session",
    "Task",
    "Token",
    "User",
]
