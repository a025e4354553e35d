"""make roles rows

The column `role` stays for one version more, since the old one reads and writes it while both run.

Revision ID: 20261129_1710
Revises: 20261129_1700
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129_1710"
down_revision = "20261129_1700"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
USER = sa.table("user", sa.column("role_id"), sa.column("role"))
MEMBER = "write message report"
# Id, name, permissions, rank and what it was called before. Administrators may do everything.
ROLES = (
    (1, "member", MEMBER, 0, "member"),
    (2, "moderator", f"{MEMBER} invite hide_posts silence suspend", 50, "moderator"),
    (3, "administrator", "", 100, "admin"),
)


def upgrade() -> None:
    op.create_table(
        "role",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("name_key", sa.String(length=30), nullable=False),
        sa.Column("permissions", sa.String(length=300), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("is_builtin", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 30", name="ck_role_name_length"),
        sa.CheckConstraint("rank BETWEEN 0 AND 100", name="ck_role_rank_range"),
        sa.PrimaryKeyConstraint("id", name="pk_role"),
        sa.UniqueConstraint("name_key", name="uq_role_name_key"),
        sqlite_autoincrement=True,
    )
    row = "INSERT INTO role (id, name, name_key, permissions, rank, is_builtin) VALUES "
    rows = (
        f"({id_}, '{name}', '{name}', '{may}', {rank}, true)" for id_, name, may, rank, _ in ROLES
    )
    op.execute(row + ", ".join(rows))
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    (sqlite if is_sqlite else postgresql)()


def sqlite() -> None:
    reference = "CONSTRAINT fk_user_role_id REFERENCES role (id)"
    op.execute(f"ALTER TABLE user ADD COLUMN role_id INTEGER DEFAULT '1' NOT NULL {reference}")
    give_roles()


def postgresql() -> None:
    op.execute("ALTER SEQUENCE role_id_seq RESTART WITH 4")
    op.execute("""ALTER TABLE "user" ADD COLUMN role_id BIGINT DEFAULT '1' NOT NULL""")
    reference = "CONSTRAINT fk_user_role_id FOREIGN KEY (role_id) REFERENCES role (id)"
    # The next migration checks the rows, while others write.
    op.execute(f'ALTER TABLE "user" ADD {reference} NOT VALID')
    give_roles()


def give_roles() -> None:
    for id_, *_, former in ROLES[1:]:
        op.execute(sa.update(USER).where(USER.c.role == former).values(role_id=id_))


def downgrade() -> None:
    op.execute('ALTER TABLE "user" DROP COLUMN role_id')
    op.drop_table("role")
