"""search by buckets of ids, and find the posts of a period

PostgreSQL's index of words had no order: a common word that the newest posts lack made it fetch
every older post that has it. The key of a bucket of ids beside the words bounds that. Keys of pairs
of words do the same for phrases of common words, as all text in Chinese is.

Revision ID: 20261129_0310
Revises: 20261128_1900
"""

from alembic import op

from app.database.online_indexes import create_index, drop_index, online, replace_index

revision = "20261129_0310"
down_revision = "20261128_1900"
branch_labels = None
depends_on = None

# As app/lib/search/documents.py has them today.
BITS, KEY = 14, "\uff5aat"
PERIOD = "ix_post_bucket_created_at"
OF_PERIOD = f"((id >> {BITS}), created_at)"
# A list of pending rows would be read for each bucket.
WORDS = f"search_text || ' {KEY}' || (id >> {BITS})::text"
INDEXED = {"post": f"{WORDS} || ' ' || word_pairs(search_text)", "user": WORDS}
BUCKETED = "USING gin (to_tsvector('simple', {words})) WITH (fastupdate = off)"
WORD_PAIRS = """
CREATE OR REPLACE FUNCTION word_pairs(words text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    word text;
    previous text;
    keys text[] := '{}';
BEGIN
    FOREACH word IN ARRAY string_to_array(words, ' ') LOOP
        IF previous IS NOT NULL THEN
            keys := array_append(keys, '\uff5anx' || (hashtext(previous || ' ' || word) & 65535));
        END IF;
        previous := word;
    END LOOP;
    RETURN array_to_string(keys, ' ');
END
$$
"""
UNORDERED = "USING gin (to_tsvector('simple', search_text))"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE INDEX {PERIOD} ON post {OF_PERIOD}")
        return
    op.execute(WORD_PAIRS)
    with online():
        create_index(PERIOD, "post", OF_PERIOD)
        for table, words in INDEXED.items():
            replace_index(f"ix_{table}_search_text", table, BUCKETED.format(words=words))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP INDEX {PERIOD}")
        return
    with online():
        for table in ("post", "user"):
            replace_index(f"ix_{table}_search_text", table, UNORDERED)
        drop_index(PERIOD)
    op.execute("DROP FUNCTION IF EXISTS word_pairs")
