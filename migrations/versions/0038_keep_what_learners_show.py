"""Keep what learners show: words, pictures, sound, film and files, and files on their way in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_KINDS = ("words", "photo", "audio", "video", "link", "file", "observation", "result")
_STATES = ("waiting", "ready", "refused")
_REASONS = (
    *("unknown", "other_kind", "broken", "too_large", "too_long", "too_much", "locked", "no_room"),
    "failed",
)
_SIZES = ("full", "thumb")

_OWN_THINGS = """
CREATE FUNCTION shows_own_things() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
            SELECT FROM booking WHERE id = NEW.booking_id AND learner_id <> NEW.learner_id)
        OR EXISTS (
            SELECT FROM logged_activity
            WHERE id = NEW.logged_activity_id AND learner_id <> NEW.learner_id)
        OR EXISTS (
            SELECT FROM achievement_credential
            WHERE id = NEW.credential_id AND recipient_id <> NEW.learner_id)
        OR EXISTS (
            SELECT FROM evidence_piece WHERE id = NEW.follows_id AND learner_id <> NEW.learner_id)
    THEN
        RAISE EXCEPTION 'What a learner shows belongs with what is theirs.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER shows_own_things
BEFORE INSERT OR UPDATE OF learner_id, booking_id, logged_activity_id, credential_id, follows_id
ON evidence_piece FOR EACH ROW EXECUTE FUNCTION shows_own_things();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_piece()
    _create_rendition()
    _create_upload()
    op.execute(_OWN_THINGS)


def _create_piece() -> None:
    table = "evidence_piece"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("alt_text", sa.Text(), nullable=False),
        sa.Column("transcript", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("skills", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("logged_activity_id", sa.BigInteger(), nullable=True),
        sa.Column("credential_id", sa.BigInteger(), nullable=True),
        sa.Column("is_try", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("follows_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", _INSTANT, nullable=False),
        _one_of(table, "kind", _KINDS),
        _one_of(table, "state", _STATES),
        _one_of(table, "reason", _REASONS),
        _check(table, "title_short", "char_length(title) BETWEEN 1 AND 80"),
        _check(table, "words_short", "char_length(words) <= 4000"),
        _check(table, "alt_text_short", "char_length(alt_text) <= 500"),
        _check(table, "transcript_short", "char_length(transcript) <= 20000"),
        _check(table, "source_short", "char_length(source) <= 80"),
        _check(
            table,
            "link_is_https",
            "(kind = 'link') = (link <> '') AND char_length(link) <= 500"
            " AND (link = '' OR link LIKE 'https://%')",
        ),
        _check(table, "words_are_there", "kind NOT IN ('words', 'observation') OR words <> ''"),
        _check(
            table,
            "words_are_ready",
            "kind IN ('photo', 'audio', 'video', 'file') OR state = 'ready'",
        ),
        _check(table, "refused_for_a_reason", "(state = 'refused') = (reason IS NOT NULL)"),
        _check(
            table,
            "belongs_once",
            "num_nonnulls(booking_id, logged_activity_id, credential_id) <= 1",
        ),
        _check(table, "follows_another", "follows_id <> id"),
        _belongs_to(table, "learner_id", "user_account"),
        _belongs_to(table, "booking_id", "booking", ondelete="SET NULL"),
        _belongs_to(table, "logged_activity_id", "logged_activity", ondelete="SET NULL"),
        _belongs_to(table, "credential_id", "achievement_credential", ondelete="SET NULL"),
        _belongs_to(table, "follows_id", "evidence_piece", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_piece")),
        sa.UniqueConstraint("uuid", name=op.f("uq_evidence_piece_uuid")),
    )
    for column in ("booking_id", "logged_activity_id", "credential_id"):
        op.create_index(op.f(f"ix_evidence_piece_{column}"), table, [column])
    op.create_index("uq_evidence_piece_follows", table, ["follows_id"], unique=True)
    op.create_index("ix_evidence_piece_newest", table, ["learner_id", "made_at", "id"])
    op.create_index(
        "ix_evidence_piece_waiting",
        table,
        ["made_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _create_rendition() -> None:
    table = "evidence_rendition"
    op.create_table(
        table,
        sa.Column("piece_id", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.String(40), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        _one_of(table, "size", _SIZES),
        _check(table, "has_content", "bytes > 0"),
        _check(table, "is_something", "width > 0 AND height > 0 AND seconds > 0"),
        _belongs_to(table, "piece_id", "evidence_piece"),
        sa.PrimaryKeyConstraint("piece_id", "size", name=op.f("pk_evidence_rendition")),
    )


def _create_upload() -> None:
    table = "evidence_upload"
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("piece_id", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", _INSTANT, nullable=True),
        _check(table, "has_content", "length > 0"),
        _check(table, "expires_later", "expires_at > started_at"),
        _belongs_to(table, "learner_id", "user_account"),
        _belongs_to(table, "piece_id", "evidence_piece", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_upload")),
        sa.UniqueConstraint("piece_id", name=op.f("uq_evidence_upload_piece_id")),
        sa.UniqueConstraint("uuid", name=op.f("uq_evidence_upload_uuid")),
    )
    op.create_index("ix_evidence_upload_lately", table, ["learner_id", "started_at"])


def _belongs_to(
    table: str, column: str, other: str, *, ondelete: str = "CASCADE"
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _one_of(table: str, column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return _check(table, column, f"{column} IN ({listed})")


def downgrade() -> None:
    for table in ("evidence_upload", "evidence_rendition", "evidence_piece"):
        op.drop_table(table)
    op.execute("DROP FUNCTION shows_own_things()")
