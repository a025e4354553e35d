"""find a far page of followers in an index alone

Revision ID: 20261129_0320
Revises: 20261129_0310
"""

from alembic import op

from app.database.online_indexes import create_index, drop_index, online

revision = "20261129_0320"
down_revision = "20261129_0310"
branch_labels = None
depends_on = None

OLD = {
    "ix_follow_follower_id_id": "(follower_id, id)",
    "ix_follow_followed_id_id": "(followed_id, id)",
}
NEW = {
    "ix_follow_follower_id_id_followed_id": "(follower_id, id, followed_id)",
    "ix_follow_followed_id_id_follower_id": "(followed_id, id, follower_id)",
}


def upgrade() -> None:
    replace(OLD, NEW)


def downgrade() -> None:
    replace(NEW, OLD)


def replace(old, new) -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in old:
            op.execute(f"DROP INDEX {name}")
        for name, columns in new.items():
            op.execute(f"CREATE INDEX {name} ON follow {columns}")
        return
    with online():
        for name, columns in new.items():
            create_index(name, "follow", columns)
        for name in old:
            drop_index(name)
