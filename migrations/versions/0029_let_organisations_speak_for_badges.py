"""Let organisations speak for badges, and keep each place in a revocation list in one table."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

#: What each column may hold from now on, besides what it may hold already.
_NEW_WORDS = {
    ("logged_signature", "purpose", "signaturepurpose"): {"endorsement"},
    ("decision", "kind", "decisionkind"): {"endorsement_taken_down"},
    ("notice", "kind", "noticekind"): {
        "endorsement_asked",
        "endorsement_given",
        "endorsement_taken_down",
    },
}
_LAST_PLACE = 131_071

_PLACES = """
CREATE FUNCTION take_status_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    issuer bigint := (to_jsonb(NEW) -> TG_ARGV[0])::bigint;
BEGIN
    IF NEW.status_index IS NULL
        OR TG_OP = 'UPDATE' AND NEW.status_index IS NOT DISTINCT FROM OLD.status_index
            AND to_jsonb(NEW) -> TG_ARGV[0] = to_jsonb(OLD) -> TG_ARGV[0] THEN
        RETURN NULL;
    END IF;
    INSERT INTO status_place VALUES (issuer, NEW.status_index, false);
    RETURN NULL;
END $$;

CREATE FUNCTION spend_status_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE status_place SET is_spent = true
    WHERE issuer_id = (to_jsonb(OLD) -> TG_ARGV[0])::bigint AND status_index = OLD.status_index;
    RETURN NULL;
END $$;
"""
_BADGE_TRIGGERS = """
CREATE TRIGGER take_status_place AFTER INSERT OR UPDATE OF issuer_id, status_index
ON achievement_credential FOR EACH ROW EXECUTE FUNCTION take_status_place('issuer_id');
CREATE TRIGGER spend_status_place AFTER DELETE ON achievement_credential
FOR EACH ROW EXECUTE FUNCTION spend_status_place('issuer_id');
"""
_ENDORSEMENT_TRIGGERS = """
CREATE TRIGGER take_status_place AFTER INSERT OR UPDATE OF endorser_id, status_index
ON endorsement FOR EACH ROW EXECUTE FUNCTION take_status_place('endorser_id');
CREATE TRIGGER spend_status_place AFTER DELETE ON endorsement
FOR EACH ROW EXECUTE FUNCTION spend_status_place('endorser_id');

CREATE FUNCTION refuse_own_endorsement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM provider AS endorser, provider AS issuer
        WHERE endorser.id = NEW.endorser_id AND issuer.id = NEW.issuer_id
            AND (endorser.umbrella_id = issuer.id OR issuer.umbrella_id = endorser.id
                OR endorser.umbrella_id = issuer.umbrella_id)
    ) THEN
        RAISE EXCEPTION 'Nobody speaks for the badges of those they belong with.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_own_endorsement
BEFORE INSERT OR UPDATE OF endorser_id, issuer_id, given_at, accepted_at
ON endorsement FOR EACH ROW EXECUTE FUNCTION refuse_own_endorsement();

CREATE FUNCTION endorsed_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at
        OR OLD.given_at IS NOT NULL AND (NEW.comment, NEW.given_at, NEW.endorser_id,
            NEW.issuer_id, NEW.achievement_id)
        IS DISTINCT FROM (OLD.comment, OLD.given_at, OLD.endorser_id, OLD.issuer_id,
            OLD.achievement_id) THEN
        RAISE EXCEPTION 'What was said for a badge stays as it was said, or ends.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER endorsed_for_good BEFORE UPDATE ON endorsement
FOR EACH ROW EXECUTE FUNCTION endorsed_for_good();
"""
_OLD_PLACES = """
CREATE FUNCTION spend_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO spent_status VALUES (OLD.issuer_id, OLD.status_index);
    RETURN OLD;
END $$;
CREATE TRIGGER spend_status AFTER DELETE ON achievement_credential
FOR EACH ROW EXECUTE FUNCTION spend_status();

CREATE FUNCTION refuse_spent_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM spent_status
        WHERE issuer_id = NEW.issuer_id AND status_index = NEW.status_index
    ) THEN
        RAISE EXCEPTION 'This place in the list belonged to a badge that was erased.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_spent_status BEFORE INSERT OR UPDATE OF issuer_id, status_index
ON achievement_credential FOR EACH ROW EXECUTE FUNCTION refuse_spent_status();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for (table, column, name), added in _NEW_WORDS.items():
        _let_hold(table, column, name, _words(table, name) | added)
    _keep_places()
    op.create_unique_constraint(
        op.f("uq_achievement_id_issuer_id"), "achievement", ["id", "issuer_id"]
    )
    _create_endorsements()
    op.execute(_ENDORSEMENT_TRIGGERS)


def _keep_places() -> None:
    """Write down every place that is taken, and those whose badge was erased."""
    op.create_table(
        "status_place",
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("is_spent", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["provider.id"],
            name=op.f("fk_status_place_issuer_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("issuer_id", "status_index", name=op.f("pk_status_place")),
    )
    op.execute(_PLACES)
    op.execute("DROP TRIGGER refuse_spent_status ON achievement_credential")
    op.execute("DROP TRIGGER spend_status ON achievement_credential")
    # Nobody is awarded anything between these and what is written down next: they hold the table.
    op.execute(_BADGE_TRIGGERS)
    op.execute(
        "INSERT INTO status_place SELECT issuer_id, status_index, false FROM achievement_credential"
    )
    op.execute("INSERT INTO status_place SELECT issuer_id, status_index, true FROM spent_status")
    for function in ("refuse_spent_status", "spend_status"):
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_table("spent_status")


def _create_endorsements() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "endorsement",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("endorser_id", sa.BigInteger(), nullable=False),
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("achievement_id", sa.BigInteger()),
        sa.Column("asked_by_id", sa.BigInteger()),
        sa.Column("asked_at", instant),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("given_by_id", sa.BigInteger()),
        sa.Column("given_at", instant),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("accepted_at", instant),
        sa.Column("reissued_at", instant),
        sa.Column("ended_at", instant),
        sa.Column("ending", sa.String(40)),
        sa.Column("status_index", sa.Integer()),
        sa.Column("signed_document", JSONB()),
        sa.CheckConstraint("endorser_id <> issuer_id", name=op.f("ck_endorsement_of_two")),
        sa.CheckConstraint(
            "num_nonnulls(asked_at, asked_by_id) <> 1 AND num_nonnulls(given_at, given_by_id) <> 1",
            name=op.f("ck_endorsement_by_somebody"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(asked_at, given_at) > 0", name=op.f("ck_endorsement_asked_or_given")
        ),
        sa.CheckConstraint(
            "(given_at IS NULL) = (comment = '')", name=op.f("ck_endorsement_given_in_words")
        ),
        sa.CheckConstraint(
            "char_length(comment) <= 300 AND char_length(message) <= 300",
            name=op.f("ck_endorsement_short"),
        ),
        sa.CheckConstraint(
            "accepted_at IS NULL OR given_at IS NOT NULL",
            name=op.f("ck_endorsement_given_before_accepted"),
        ),
        sa.CheckConstraint(
            "(accepted_at IS NULL) = (status_index IS NULL)",
            name=op.f("ck_endorsement_accepted_has_a_place"),
        ),
        sa.CheckConstraint(
            "signed_document IS NULL OR accepted_at IS NOT NULL",
            name=op.f("ck_endorsement_accepted_before_signed"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ending IS NULL)", name=op.f("ck_endorsement_ended_in_a_way")
        ),
        sa.CheckConstraint(
            f"status_index BETWEEN 0 AND {_LAST_PLACE}",
            name=op.f("ck_endorsement_status_index_range"),
        ),
        sa.CheckConstraint(
            "ending IN ('declined', 'taken_back', 'not_wanted', 'withdrawn', 'taken_down')",
            name=op.f("ck_endorsement_endorsementend"),
        ),
        sa.ForeignKeyConstraint(
            ["endorser_id"],
            ["provider.id"],
            name=op.f("fk_endorsement_endorser_id_provider"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["provider.id"],
            name=op.f("fk_endorsement_issuer_id_provider"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id", "issuer_id"],
            ["achievement.id", "achievement.issuer_id"],
            name=op.f("fk_endorsement_achievement_id_achievement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"],
            ["user_account.id"],
            name=op.f("fk_endorsement_asked_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"],
            ["user_account.id"],
            name=op.f("fk_endorsement_given_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_endorsement")),
        sa.UniqueConstraint("uuid", name=op.f("uq_endorsement_uuid")),
    )
    # One that is asked for or stands, of one organisation about one thing.
    for name, subject, which in (
        ("uq_endorsement_badge", "achievement_id", "achievement_id IS NOT NULL"),
        ("uq_endorsement_organisation", "issuer_id", "achievement_id IS NULL"),
    ):
        op.create_index(
            name,
            "endorsement",
            ["endorser_id", subject],
            unique=True,
            postgresql_where=sa.text(f"ended_at IS NULL AND {which}"),
        )
    op.create_index(op.f("ix_endorsement_issuer_id"), "endorsement", ["issuer_id"])
    op.create_index(op.f("ix_endorsement_achievement_id"), "endorsement", ["achievement_id"])
    op.create_index(op.f("ix_endorsement_endorser_id"), "endorsement", ["endorser_id"])


def downgrade() -> None:
    op.drop_table("endorsement")
    for function in ("refuse_own_endorsement", "endorsed_for_good"):
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_constraint(op.f("uq_achievement_id_issuer_id"), "achievement")
    _forget_places()
    for (table, column, name), added in _NEW_WORDS.items():
        if table == "notice":
            listed = ", ".join(f"'{word}'" for word in sorted(added))
            op.execute(f"DELETE FROM notice WHERE kind IN ({listed})")
        # The log and the decisions are kept for good: where one holds a new word, this stops here.
        _let_hold(table, column, name, _words(table, name) - added)


def _forget_places() -> None:
    op.create_table(
        "spent_status",
        sa.Column("issuer_id", sa.BigInteger(), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issuer_id"],
            ["provider.id"],
            name=op.f("fk_spent_status_issuer_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("issuer_id", "status_index", name=op.f("pk_spent_status")),
    )
    op.execute(
        "INSERT INTO spent_status SELECT issuer_id, status_index FROM status_place WHERE is_spent"
    )
    for trigger in ("take_status_place", "spend_status_place"):
        op.execute(f"DROP TRIGGER {trigger} ON achievement_credential")
        op.execute(f"DROP FUNCTION {trigger}()")
    op.drop_table("status_place")
    op.execute(_OLD_PLACES)


def _let_hold(table: str, column: str, name: str, words: set[str]) -> None:
    """Let a column hold these words and no others."""
    listed = ", ".join(f"'{word}'" for word in sorted(words))
    constraint = op.f(f"ck_{table}_{name}")
    op.drop_constraint(constraint, table, type_="check")
    op.create_check_constraint(constraint, table, f"{column} IN ({listed})")


def _words(table: str, name: str) -> set[str]:
    """Return what a column may hold now: others may have added to it."""
    rule = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"),
        {"name": f"ck_{table}_{name}"},
    )
    return set(re.findall("'([a-z_]+)'", rule))
