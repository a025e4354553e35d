"""mark search keys with a letter that no folded text has

Revision ID: 20261128_1600
Revises: 20261128_1520
"""

import sqlalchemy as sa
from alembic import op

revision = "20261128_1600"
down_revision = "20261128_1520"
branch_labels = None
depends_on = None

OLD, NEW = "zz", "\uff5a"
BATCH = 500

POST = sa.table(
    "post", sa.column("id"), sa.column("author_id"), sa.column("search_text"),
    sa.column("search_version"),
)  # fmt: skip


def upgrade() -> None:
    replace_marks(OLD, NEW)


def downgrade() -> None:
    replace_marks(NEW, OLD)


def replace_marks(old: str, new: str) -> None:
    """Begin the keys of all posts with `new` instead of `old`."""
    connection, last = op.get_bind(), 0
    change = sa.update(POST).where(POST.c.id == sa.bindparam("row_id"))
    change = change.values(
        search_text=sa.bindparam("text"), search_version=POST.c.search_version + 1
    )
    while rows := connection.execute(
        sa.select(POST.c.id, POST.c.author_id, POST.c.search_text)
        .where(POST.c.id > last)
        .order_by(POST.c.id)
        .limit(BATCH)
    ).all():
        last = rows[-1].id
        texts = [
            {"row_id": row.id, "text": marked(row.search_text, row.author_id, old, new)}
            for row in rows
            if row.search_text is not None
        ]
        if texts:
            connection.execute(change, texts)


def marked(text: str, author_id: int, old: str, new: str) -> str:
    """The keys are the last words, the author's first; the same words before them were typed."""
    words = text.split(" ")
    author_key = f"{old}by{author_id}"
    if author_key not in words:
        return text
    first = len(words) - 1 - words[::-1].index(author_key)
    keys = [new + word.removeprefix(old) for word in words[first:]]
    return " ".join([*words[:first], *keys])
