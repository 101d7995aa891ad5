"""Keep what adults say to a learner, what is answered, and which officer looked; none is ever changed."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_NEW_KINDS = ("feedback_given", "feedback_asked", "feedback_answered")

#: What was said goes with the learner, and never otherwise. What it is about may go before it.
STAYS = """
CREATE FUNCTION feedback_said_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    loose CONSTANT text[] := ARRAY['giver_id', 'booking_id', 'logged_activity_id',
        'credential_id', 'state', 'decided_by_id', 'decided_at', 'seen_at', 'hidden_at'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM user_account WHERE id = OLD.learner_id) THEN
            RETURN OLD;
        END IF;
    ELSIF to_jsonb(NEW) - loose = to_jsonb(OLD) - loose
        AND (NEW.giver_id IS NULL OR NEW.giver_id = OLD.giver_id)
        AND (NEW.booking_id IS NULL OR NEW.booking_id = OLD.booking_id)
        AND (NEW.logged_activity_id IS NULL OR NEW.logged_activity_id = OLD.logged_activity_id)
        AND (NEW.credential_id IS NULL OR NEW.credential_id = OLD.credential_id)
        AND (NEW.state = OLD.state OR OLD.state = 'held') THEN
        RETURN NEW;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'what was said stays as it was said';
END $$;
CREATE TRIGGER feedback_said_for_good BEFORE UPDATE OR DELETE ON feedback
    FOR EACH ROW EXECUTE FUNCTION feedback_said_for_good();

CREATE FUNCTION feedback_reply_said_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM feedback WHERE id = OLD.feedback_id) THEN
            RETURN OLD;
        END IF;
    ELSIF to_jsonb(NEW) - ARRAY['state', 'decided_by_id', 'decided_at']
            = to_jsonb(OLD) - ARRAY['state', 'decided_by_id', 'decided_at']
        AND (NEW.state = OLD.state OR OLD.state = 'held') THEN
        RETURN NEW;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'what was said stays as it was said';
END $$;
CREATE TRIGGER feedback_reply_said_for_good BEFORE UPDATE OR DELETE ON feedback_reply
    FOR EACH ROW EXECUTE FUNCTION feedback_reply_said_for_good();

CREATE FUNCTION feedback_look_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM feedback WHERE id = OLD.feedback_id) THEN
            RETURN OLD;
        END IF;
    ELSIF NEW.officer_id IS NULL
        AND to_jsonb(NEW) - 'officer_id' = to_jsonb(OLD) - 'officer_id' THEN
        RETURN NEW;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'who looked, and why, stays';
END $$;
CREATE TRIGGER feedback_look_stays BEFORE UPDATE OR DELETE ON feedback_look
    FOR EACH ROW EXECUTE FUNCTION feedback_look_stays();
"""
_TRIGGERS = (
    ("feedback_said_for_good", "feedback"),
    ("feedback_reply_said_for_good", "feedback_reply"),
    ("feedback_look_stays", "feedback_look"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _take_kinds(_kinds() | set(_NEW_KINDS))
    _create_feedback()
    _create_feedback_request()
    _create_feedback_reply()
    _create_feedback_look()
    op.execute(STAYS)


def _create_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "giver_kind",
            sa.Enum(
                "teacher",
                "mentor",
                "coach",
                "youth_worker",
                "careers_adviser",
                "guardian",
                "other",
                "organiser",
                "guest",
                name="giverkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("giver_id", sa.BigInteger(), nullable=True),
        sa.Column("giver_name", sa.Text(), nullable=False),
        sa.Column("giver_role", sa.Text(), nullable=False),
        sa.Column("what_went_well", sa.Text(), nullable=False),
        sa.Column("even_better_if", sa.Text(), nullable=False),
        sa.Column("try_next", sa.Text(), nullable=False),
        sa.Column("skills", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("logged_activity_id", sa.BigInteger(), nullable=True),
        sa.Column("credential_id", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "held",
                "released",
                "stopped",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('released', 'stopped')) = (decided_at IS NOT NULL)",
            name=op.f("ck_feedback_decided_by_an_officer"),
        ),
        sa.CheckConstraint(
            "skills <@ ARRAY['literacy', 'numeracy', 'oracy', 'digital', 'listening', 'speaking', 'problem_solving', 'creativity', 'adapting', 'planning', 'leadership', 'teamwork']",
            name=op.f("ck_feedback_known_skills"),
        ),
        sa.CheckConstraint(
            "what_went_well <> '' OR even_better_if <> '' OR try_next <> ''",
            name=op.f("ck_feedback_says_something"),
        ),
        sa.CheckConstraint(
            "char_length(giver_name) BETWEEN 1 AND 80 AND char_length(giver_role) <= 80",
            name=op.f("ck_feedback_names_short"),
        ),
        sa.CheckConstraint(
            "char_length(what_went_well) <= 600 AND char_length(even_better_if) <= 600 AND char_length(try_next) <= 600",
            name=op.f("ck_feedback_boxes_short"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(booking_id, logged_activity_id, credential_id) <= 1",
            name=op.f("ck_feedback_about_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
            name=op.f("fk_feedback_booking_id_booking"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["achievement_credential.id"],
            name=op.f("fk_feedback_credential_id_achievement_credential"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_decided_by_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["giver_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_giver_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["logged_activity_id"],
            ["logged_activity.id"],
            name=op.f("fk_feedback_logged_activity_id_logged_activity"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("uuid", name=op.f("uq_feedback_uuid")),
    )
    op.create_index(op.f("ix_feedback_booking_id"), "feedback", ["booking_id"], unique=False)
    op.create_index(op.f("ix_feedback_credential_id"), "feedback", ["credential_id"], unique=False)
    op.create_index(op.f("ix_feedback_decided_by_id"), "feedback", ["decided_by_id"], unique=False)
    op.create_index(op.f("ix_feedback_giver_id"), "feedback", ["giver_id"], unique=False)
    op.create_index(
        "ix_feedback_held",
        "feedback",
        ["given_at"],
        unique=False,
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "ix_feedback_learner_id_given_at", "feedback", ["learner_id", "given_at"], unique=False
    )
    op.create_index(
        op.f("ix_feedback_logged_activity_id"), "feedback", ["logged_activity_id"], unique=False
    )


def _create_feedback_request() -> None:
    op.create_table(
        "feedback_request",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=True),
        sa.Column("asked_of_id", sa.BigInteger(), nullable=True),
        sa.Column("booking_id", sa.BigInteger(), nullable=True),
        sa.Column("logged_activity_id", sa.BigInteger(), nullable=True),
        sa.Column("credential_id", sa.BigInteger(), nullable=True),
        sa.Column("again_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("feedback_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (feedback_id IS NULL)",
            name=op.f("ck_feedback_request_answered_with_feedback"),
        ),
        sa.CheckConstraint("expires_at > asked_at", name=op.f("ck_feedback_request_expires_later")),
        sa.CheckConstraint(
            "num_nonnulls(booking_id, logged_activity_id, credential_id) <= 1",
            name=op.f("ck_feedback_request_about_one_thing"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(token_hash, asked_of_id) = 1",
            name=op.f("ck_feedback_request_by_link_or_of_someone"),
        ),
        sa.ForeignKeyConstraint(
            ["again_id"],
            ["feedback.id"],
            name=op.f("fk_feedback_request_again_id_feedback"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["asked_of_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_request_asked_of_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"],
            ["booking.id"],
            name=op.f("fk_feedback_request_booking_id_booking"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"],
            ["achievement_credential.id"],
            name=op.f("fk_feedback_request_credential_id_achievement_credential"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name=op.f("fk_feedback_request_feedback_id_feedback"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_request_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["logged_activity_id"],
            ["logged_activity.id"],
            name=op.f("fk_feedback_request_logged_activity_id_logged_activity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_request")),
        sa.UniqueConstraint("feedback_id", name=op.f("uq_feedback_request_feedback_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feedback_request_token_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_feedback_request_uuid")),
    )
    op.create_index(
        op.f("ix_feedback_request_again_id"), "feedback_request", ["again_id"], unique=False
    )
    op.create_index(
        "ix_feedback_request_asked_of_id",
        "feedback_request",
        ["asked_of_id"],
        unique=False,
        postgresql_where=sa.text("answered_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_feedback_request_booking_id"), "feedback_request", ["booking_id"], unique=False
    )
    op.create_index(
        op.f("ix_feedback_request_credential_id"),
        "feedback_request",
        ["credential_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_feedback_request_learner_id"), "feedback_request", ["learner_id"], unique=False
    )
    op.create_index(
        op.f("ix_feedback_request_logged_activity_id"),
        "feedback_request",
        ["logged_activity_id"],
        unique=False,
    )


def _create_feedback_reply() -> None:
    op.create_table(
        "feedback_reply",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("feedback_id", sa.BigInteger(), nullable=False),
        sa.Column("from_learner", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "sent",
                "held",
                "released",
                "stopped",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('released', 'stopped')) = (decided_at IS NOT NULL)",
            name=op.f("ck_feedback_reply_decided_by_an_officer"),
        ),
        sa.CheckConstraint(
            "NOT from_learner OR state = 'sent'",
            name=op.f("ck_feedback_reply_only_adults_are_held"),
        ),
        sa.CheckConstraint(
            "char_length(words) BETWEEN 1 AND 300", name=op.f("ck_feedback_reply_words_short")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_reply_decided_by_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name=op.f("fk_feedback_reply_feedback_id_feedback"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_reply")),
        sa.UniqueConstraint("uuid", name=op.f("uq_feedback_reply_uuid")),
    )
    op.create_index(
        op.f("ix_feedback_reply_decided_by_id"), "feedback_reply", ["decided_by_id"], unique=False
    )
    op.create_index(
        op.f("ix_feedback_reply_feedback_id"), "feedback_reply", ["feedback_id"], unique=False
    )


def _create_feedback_look() -> None:
    op.create_table(
        "feedback_look",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("feedback_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("officer_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "char_length(reason) BETWEEN 5 AND 300", name=op.f("ck_feedback_look_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name=op.f("fk_feedback_look_feedback_id_feedback"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["user_account.id"],
            name=op.f("fk_feedback_look_officer_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_look")),
    )
    op.create_index(
        op.f("ix_feedback_look_feedback_id"), "feedback_look", ["feedback_id"], unique=False
    )
    op.create_index(
        op.f("ix_feedback_look_officer_id"), "feedback_look", ["officer_id"], unique=False
    )


def _kinds() -> set[str]:
    """Return the kinds of notice that the database takes now: others may have added to them."""
    rule = op.get_bind().scalar(
        sa.text(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conname = 'ck_notice_noticekind'"
        )
    )
    return set(re.findall("'([a-z_]+)'", rule))


def _take_kinds(kinds: set[str]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.drop_constraint(op.f("ck_notice_noticekind"), "notice", type_="check")
    op.create_check_constraint(op.f("ck_notice_noticekind"), "notice", f"kind IN ({listed})")


def downgrade() -> None:
    op.execute(
        sa.text("DELETE FROM notice WHERE kind = ANY(:kinds)").bindparams(kinds=list(_NEW_KINDS))
    )
    _take_kinds(_kinds() - set(_NEW_KINDS))
    for trigger, table in _TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(f"DROP FUNCTION {trigger}")
    for table in ("feedback_look", "feedback_reply", "feedback_request", "feedback"):
        op.drop_table(table)
