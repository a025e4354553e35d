"""add search

Revision ID: 20261121_1530
Revises: 20261121_1520
"""

import sqlalchemy as sa
from alembic import op

from app.lib.html import readable_text
from app.lib.search.documents import person_text, post_text

revision = "20261121_1530"
down_revision = "20261121_1520"
branch_labels = None
depends_on = None

TABLES = ("post", "user")
CHUNK = 2000
# The index is external: it keeps no text of its own and must be told the old one.
SQLITE = """
CREATE VIRTUAL TABLE {name}_search USING fts5(
    search_text, content='{name}', content_rowid='id', columnsize=0, tokenize='ascii'
);
CREATE TRIGGER {name}_search_insert AFTER INSERT ON "{name}"
WHEN new.search_text IS NOT NULL
BEGIN
    INSERT INTO {name}_search(rowid, search_text) VALUES (new.id, new.search_text);
END;
CREATE TRIGGER {name}_search_delete AFTER DELETE ON "{name}"
WHEN old.search_text IS NOT NULL
BEGIN
    INSERT INTO {name}_search({name}_search, rowid, search_text)
    VALUES ('delete', old.id, old.search_text);
END;
CREATE TRIGGER {name}_search_update AFTER UPDATE OF search_text ON "{name}"
WHEN old.search_text IS NOT new.search_text
BEGIN
    INSERT INTO {name}_search({name}_search, rowid, search_text)
    SELECT 'delete', old.id, old.search_text WHERE old.search_text IS NOT NULL;
    INSERT INTO {name}_search(rowid, search_text)
    SELECT new.id, new.search_text WHERE new.search_text IS NOT NULL;
END;
"""


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if not is_sqlite:
        # Filling and indexing a large site takes longer than any page may.
        op.execute("SET LOCAL statement_timeout = 0")
    for name in TABLES:
        op.add_column(name, sa.Column("search_text", sa.Text(), nullable=True))
    fill_posts()
    fill_people()
    for name in TABLES:
        if is_sqlite:
            for statement in statements_of(name):
                op.execute(statement)
            rebuild = f"INSERT INTO {name}_search({name}_search) VALUES ('rebuild')"  # noqa: S608
            op.execute(rebuild)
        else:
            op.execute(
                f'CREATE INDEX ix_{name}_search_text ON "{name}" '
                "USING gin (to_tsvector('simple', search_text))"
            )


def statements_of(name: str) -> list[str]:
    """The statements, of which those that make triggers hold semicolons themselves."""
    return [f"CREATE {part}" for part in SQLITE.format(name=name).split("CREATE ")[1:]]


def fill_posts() -> None:
    tags: dict[int, list[str]] = {}
    for post_id, tag in op.get_bind().execute(sa.text("SELECT post_id, tag FROM post_tag")):
        tags.setdefault(post_id, []).append(tag)
    columns = "id, author_id, title, body, language"
    for rows in chunks("post", columns, "deleted_at IS NULL"):
        texts = {
            row.id: post_text(
                row.author_id,
                readable_text(row.title, row.body),
                row.language,
                tags.get(row.id, ()),
            )
            for row in rows
        }
        write("post", texts)


def fill_people() -> None:
    for rows in chunks("user", "id, username, display_name, about_me", "1 = 1"):
        texts = {row.id: person_text(row.username, row.display_name, row.about_me) for row in rows}
        write("user", texts)


def chunks(name, columns, condition):
    select = sa.text(
        f'SELECT {columns} FROM "{name}" WHERE id > :last AND {condition} ORDER BY id LIMIT {CHUNK}'  # noqa: S608
    )
    last = 0
    while rows := op.get_bind().execute(select, {"last": last}).all():
        yield rows
        last = rows[-1].id


def write(name, texts):
    update = sa.text(f'UPDATE "{name}" SET search_text = :text WHERE id = :id')  # noqa: S608
    parameters = [{"id": row_id, "text": text} for row_id, text in texts.items()]
    op.get_bind().execute(update, parameters)


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for name in TABLES:
        if is_sqlite:
            for trigger in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {name}_search_{trigger}")
            op.execute(f"DROP TABLE {name}_search")
        else:
            op.execute(f"DROP INDEX ix_{name}_search_text")
        op.drop_column(name, "search_text")
