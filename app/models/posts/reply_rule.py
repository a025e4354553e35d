"""Who may reply in a thread, as its first post says."""

from __future__ import annotations

from app.database.conditions import Condition


class MayReply(Condition):
    """The viewer may reply to a post; its arguments are the ids of the thread and the viewer.

    Where the first post is gone, everybody may.
    """

    inherit_cache = True
    sql = (
        "coalesce((SELECT CASE WHEN root.replies_from = 'everyone' OR root.author_id = {1} THEN 1 "
        "WHEN root.replies_from = 'followed' THEN coalesce((SELECT 1 FROM follow "
        "WHERE follower_id = root.author_id AND followed_id = {1}), 0) "
        "WHEN root.replies_from = 'mentioned' THEN coalesce((SELECT max(1) FROM mention "
        "WHERE user_id = {1} AND post_id = root.id), 0) "
        "ELSE 0 END FROM post AS root WHERE root.id = {0}), 1) = 1"
    )
