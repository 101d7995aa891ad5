"""Hear what worries people, and what young people ask organisers; neither is ever changed."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None

_NEW_KINDS = ("concern_raised", "question_asked", "answer_held")

#: Who did something may be emptied, when an account goes. Nothing else ever changes.
STAYS = """
CREATE FUNCTION concern_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.uuid, NEW.city_id, NEW.kind, NEW.urgency, NEW.receipt_hash,
            NEW.made_at, NEW.due_at) IS DISTINCT FROM
        (OLD.uuid, OLD.city_id, OLD.kind, OLD.urgency, OLD.receipt_hash, OLD.made_at, OLD.due_at)
    THEN
        RAISE restrict_violation USING MESSAGE = 'a concern stays as it was raised';
    END IF;
    IF OLD.taken_on_at IS NOT NULL AND NEW.taken_on_at IS DISTINCT FROM OLD.taken_on_at THEN
        RAISE restrict_violation USING MESSAGE = 'when a concern was taken on stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER concern_stays BEFORE UPDATE OR DELETE ON concern
    FOR EACH ROW EXECUTE FUNCTION concern_stays();

CREATE FUNCTION concern_entry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.by_id IS NULL
        AND to_jsonb(NEW) - 'by_id' = to_jsonb(OLD) - 'by_id' THEN
        RETURN NEW;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'what was said and done of a concern stays';
END $$;
CREATE TRIGGER concern_entry_stays BEFORE UPDATE OR DELETE ON concern_entry
    FOR EACH ROW EXECUTE FUNCTION concern_entry_stays();

CREATE FUNCTION concern_named_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.concern_id = OLD.concern_id
        AND (NEW.provider_id IS NULL OR NEW.provider_id = OLD.provider_id)
        AND (NEW.user_id IS NULL OR NEW.user_id = OLD.user_id) THEN
        RETURN NEW;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'from whom a concern is kept stays';
END $$;
CREATE TRIGGER concern_named_stays BEFORE UPDATE OR DELETE ON concern_named
    FOR EACH ROW EXECUTE FUNCTION concern_named_stays();

-- What was said goes with its enquiry, that is with the learner or the listing, and never otherwise.
CREATE FUNCTION enquiry_said_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM enquiry WHERE id = OLD.enquiry_id) THEN
            RETURN OLD;
        END IF;
    ELSIF (to_jsonb(NEW) - ARRAY['author_id', 'state', 'decided_by_id', 'decided_at'])
            = (to_jsonb(OLD) - ARRAY['author_id', 'state', 'decided_by_id', 'decided_at'])
        AND (NEW.author_id IS NULL OR NEW.author_id = OLD.author_id)
        AND (NEW.state = OLD.state OR OLD.state = 'held') THEN
        RETURN NEW;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'what was said stays as it was said';
END $$;
CREATE TRIGGER enquiry_said_for_good BEFORE UPDATE OR DELETE ON enquiry_message
    FOR EACH ROW EXECUTE FUNCTION enquiry_said_for_good();

CREATE FUNCTION looked_for_good() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM enquiry WHERE id = OLD.enquiry_id) THEN
            RETURN OLD;
        END IF;
    ELSIF NEW.officer_id IS NULL
        AND to_jsonb(NEW) - 'officer_id' = to_jsonb(OLD) - 'officer_id' THEN
        RETURN NEW;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'who looked, and why, stays';
END $$;
CREATE TRIGGER looked_for_good BEFORE UPDATE OR DELETE ON enquiry_look
    FOR EACH ROW EXECUTE FUNCTION looked_for_good();
"""
_TRIGGERS = (
    ("concern_stays", "concern"),
    ("concern_entry_stays", "concern_entry"),
    ("concern_named_stays", "concern_named"),
    ("enquiry_said_for_good", "enquiry_message"),
    ("looked_for_good", "enquiry_look"),
)


def upgrade() -> None:
    op.create_table(
        "concern_desk",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("danger_hours", sa.Integer(), nullable=False),
        sa.Column("today_hours", sa.Integer(), nullable=False),
        sa.Column("worried_hours", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "danger_hours BETWEEN 1 AND 24 AND today_hours BETWEEN 1 AND 24 AND worried_hours BETWEEN 1 AND 168",
            name=op.f("ck_concern_desk_hours_in_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["city_id"], ["city.id"], name=op.f("fk_concern_desk_city_id_city"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("city_id", name=op.f("pk_concern_desk")),
    )
    op.create_table(
        "concern_reader",
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["city_id"],
            ["city.id"],
            name=op.f("fk_concern_reader_city_id_city"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_concern_reader_user_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("city_id", "user_id", name=op.f("pk_concern_reader")),
    )
    op.create_index(op.f("ix_concern_reader_user_id"), "concern_reader", ["user_id"], unique=False)
    op.create_table(
        "concern",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("city_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "myself",
                "young_person",
                "adult",
                "activity",
                "message",
                "council",
                "other",
                name="concernkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "urgency",
            sa.Enum(
                "danger",
                "today",
                "worried",
                name="urgency",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("receipt_hash", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("taken_on_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("due_at > made_at", name=op.f("ck_concern_due_after_it_was_made")),
        sa.CheckConstraint(
            "taken_on_at IS NOT NULL OR closed_at IS NULL",
            name=op.f("ck_concern_taken_on_before_closed"),
        ),
        sa.ForeignKeyConstraint(["city_id"], ["city.id"], name=op.f("fk_concern_city_id_city")),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["user_account.id"],
            name=op.f("fk_concern_owner_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_concern_receipt_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_concern_uuid")),
    )
    op.create_index(op.f("ix_concern_city_id"), "concern", ["city_id"], unique=False)
    op.create_index(
        "ix_concern_open",
        "concern",
        ["city_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_concern_owner_id"), "concern", ["owner_id"], unique=False)
    op.create_table(
        "concern_named",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("concern_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "num_nonnulls(provider_id, user_id) <= 1", name=op.f("ck_concern_named_one_of_two")
        ),
        sa.ForeignKeyConstraint(
            ["concern_id"], ["concern.id"], name=op.f("fk_concern_named_concern_id_concern")
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_concern_named_provider_id_provider"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name=op.f("fk_concern_named_user_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_named")),
    )
    op.create_index(
        op.f("ix_concern_named_provider_id"), "concern_named", ["provider_id"], unique=False
    )
    op.create_index(op.f("ix_concern_named_user_id"), "concern_named", ["user_id"], unique=False)
    op.create_index(
        "uq_concern_named_provider", "concern_named", ["concern_id", "provider_id"], unique=True
    )
    op.create_index(
        "uq_concern_named_user", "concern_named", ["concern_id", "user_id"], unique=True
    )
    op.create_table(
        "concern_entry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("concern_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "raised",
                "contact",
                "about",
                "added",
                "looked_back",
                "read",
                "taken_on",
                "noted",
                "exported",
                "closed",
                "reopened",
                name="act",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "octet_length(sealed) <= 30000", name=op.f("ck_concern_entry_words_short")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"],
            ["user_account.id"],
            name=op.f("fk_concern_entry_by_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["concern_id"], ["concern.id"], name=op.f("fk_concern_entry_concern_id_concern")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concern_entry")),
        sa.UniqueConstraint("uuid", name=op.f("uq_concern_entry_uuid")),
    )
    op.create_index(op.f("ix_concern_entry_by_id"), "concern_entry", ["by_id"], unique=False)
    op.create_index(
        "ix_concern_entry_concern_id_made_at",
        "concern_entry",
        ["concern_id", "made_at"],
        unique=False,
    )
    op.create_table(
        "enquiry",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("opportunity_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_enquiry_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunity.id"],
            name=op.f("fk_enquiry_opportunity_id_opportunity"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry")),
        sa.UniqueConstraint("uuid", name=op.f("uq_enquiry_uuid")),
    )
    op.create_index(
        "ix_enquiry_learner_id_asked_at", "enquiry", ["learner_id", "asked_at"], unique=False
    )
    op.create_index(op.f("ix_enquiry_opportunity_id"), "enquiry", ["opportunity_id"], unique=False)
    op.create_table(
        "enquiry_message",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("enquiry_id", sa.BigInteger(), nullable=False),
        sa.Column("from_learner", sa.Boolean(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column(
            "question",
            sa.Enum(
                "bring",
                "friend",
                "steps",
                "quiet",
                "cost",
                "find",
                name="quickquestion",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column(
            "answer",
            sa.Enum(
                "yes",
                "no",
                "nothing",
                "on_the_page",
                "at_the_door",
                "soon",
                name="quickanswer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
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
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state IN ('released', 'stopped')) = (decided_at IS NOT NULL)",
            name=op.f("ck_enquiry_message_decided_by_an_officer"),
        ),
        sa.CheckConstraint(
            "NOT from_learner OR state = 'sent'",
            name=op.f("ck_enquiry_message_only_answers_are_held"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(question, answer) = 1 OR words <> ''",
            name=op.f("ck_enquiry_message_says_something"),
        ),
        sa.CheckConstraint(
            "char_length(words) <= 300", name=op.f("ck_enquiry_message_words_short")
        ),
        sa.CheckConstraint(
            "num_nonnulls(question, answer) <= 1", name=op.f("ck_enquiry_message_asks_or_answers")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["user_account.id"],
            name=op.f("fk_enquiry_message_author_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_enquiry_message_decided_by_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["enquiry_id"],
            ["enquiry.id"],
            name=op.f("fk_enquiry_message_enquiry_id_enquiry"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry_message")),
        sa.UniqueConstraint("uuid", name=op.f("uq_enquiry_message_uuid")),
    )
    op.create_index(
        op.f("ix_enquiry_message_author_id"), "enquiry_message", ["author_id"], unique=False
    )
    op.create_index(
        op.f("ix_enquiry_message_decided_by_id"), "enquiry_message", ["decided_by_id"], unique=False
    )
    op.create_index(
        op.f("ix_enquiry_message_enquiry_id"), "enquiry_message", ["enquiry_id"], unique=False
    )
    op.create_table(
        "enquiry_look",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("enquiry_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("officer_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "char_length(reason) BETWEEN 5 AND 300", name=op.f("ck_enquiry_look_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["enquiry_id"],
            ["enquiry.id"],
            name=op.f("fk_enquiry_look_enquiry_id_enquiry"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["user_account.id"],
            name=op.f("fk_enquiry_look_officer_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enquiry_look")),
    )
    op.create_index(
        op.f("ix_enquiry_look_enquiry_id"), "enquiry_look", ["enquiry_id"], unique=False
    )
    op.create_index(
        op.f("ix_enquiry_look_officer_id"), "enquiry_look", ["officer_id"], unique=False
    )
    _take_kinds(_kinds() | set(_NEW_KINDS))
    op.execute(STAYS)


def downgrade() -> None:
    op.execute(
        sa.text("DELETE FROM notice WHERE kind = ANY(:kinds)").bindparams(kinds=list(_NEW_KINDS))
    )
    _take_kinds(_kinds() - set(_NEW_KINDS))
    for trigger, table in _TRIGGERS:
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute(f"DROP FUNCTION {trigger}()")
    op.drop_table("enquiry_look")
    op.drop_table("enquiry_message")
    op.drop_table("enquiry")
    op.drop_table("concern_entry")
    op.drop_table("concern_named")
    op.drop_table("concern")
    op.drop_table("concern_reader")
    op.drop_table("concern_desk")


def _take_kinds(kinds: set[str]) -> None:
    """Let the column hold these kinds of notice and no others."""
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.drop_constraint(op.f("ck_notice_noticekind"), "notice", type_="check")
    op.create_check_constraint(op.f("ck_notice_noticekind"), "notice", f"kind IN ({listed})")


def _kinds() -> set[str]:
    """Return the kinds it may hold now: others may have added to them."""
    rule = op.get_bind().scalar(
        sa.text(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conname = 'ck_notice_noticekind'"
        )
    )
    return set(re.findall("'([a-z_]+)'", rule))
