"""fold names everywhere alike

Revision ID: 20261121_1630
Revises: 20261121_1610
"""

from alembic import op

revision = "20261121_1630"
down_revision = "20261121_1610"
branch_labels = None
depends_on = None

NAME = "ck_user_username_key_folded"


def upgrade() -> None:
    # In a database that is Turkish, the small letter of I is not i. SQLite knows ASCII alone.
    set_check('username_key = lower(username COLLATE "C")')


def downgrade() -> None:
    set_check("username_key = lower(username)")


def set_check(condition: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f'ALTER TABLE "user" DROP CONSTRAINT {NAME}')
        op.execute(f'ALTER TABLE "user" ADD CONSTRAINT {NAME} CHECK ({condition})')
