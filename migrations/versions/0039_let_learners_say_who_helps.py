"""Let learners say which adults help them, for what and until when, and see who looked."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_NEW_KINDS = ("support_taken_up", "support_agreed", "guardian_linked", "guardian_over")

#: What the columns alone cannot say of a link: who may be in it, and that what was agreed stays so.
RULES = """
CREATE FUNCTION supporter_link_holds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    band text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.ended_at IS NOT NULL AND to_jsonb(NEW) - 'group_id' <> to_jsonb(OLD) - 'group_id' THEN
            RAISE restrict_violation USING MESSAGE = 'what is over stays over';
        END IF;
        IF (NEW.uuid, NEW.learner_id, NEW.asked_at, NEW.is_by_adult)
                IS DISTINCT FROM (OLD.uuid, OLD.learner_id, OLD.asked_at, OLD.is_by_adult)
            OR OLD.adult_id IS NOT NULL AND (NEW.adult_id, NEW.taken_up_at, NEW.kind)
                IS DISTINCT FROM (OLD.adult_id, OLD.taken_up_at, OLD.kind) THEN
            RAISE restrict_violation USING MESSAGE = 'who asked whom for what stays';
        END IF;
    END IF;
    IF NEW.ended_at IS NOT NULL OR NEW.adult_id IS NULL THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM user_account WHERE id = NEW.adult_id AND role = 'learner') THEN
        RAISE check_violation USING MESSAGE = 'a learner is no supporter';
    END IF;
    IF EXISTS (SELECT FROM supporter_block WHERE learner_id = NEW.learner_id
            AND adult_id = NEW.adult_id AND lifted_at IS NULL) THEN
        RAISE check_violation USING MESSAGE = 'an officer has blocked this';
    END IF;
    -- A guardian's yes is only looked at as it is given: a birthday undoes no row, see the queries.
    IF NEW.kind = 'guardian' AND NEW.agreed_at IS NOT NULL
        AND (TG_OP = 'INSERT' OR OLD.agreed_at IS DISTINCT FROM NEW.agreed_at) THEN
        SELECT age_band INTO band FROM user_account WHERE id = NEW.learner_id;
        IF band = '18-24' THEN
            RAISE check_violation USING MESSAGE = 'nobody is guardian of an adult';
        END IF;
        IF band = '11-12' AND NEW.takes_effect_at < NEW.agreed_at + interval '24 hours' THEN
            RAISE check_violation USING MESSAGE = 'a guardian of a child waits a day';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER supporter_link_holds BEFORE INSERT OR UPDATE ON supporter_link
    FOR EACH ROW EXECUTE FUNCTION supporter_link_holds();

CREATE FUNCTION supporter_block_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - ARRAY['officer_id', 'lifted_at']
            <> to_jsonb(OLD) - ARRAY['officer_id', 'lifted_at']
        OR NEW.officer_id IS NOT NULL AND NEW.officer_id IS DISTINCT FROM OLD.officer_id
        OR OLD.lifted_at IS NOT NULL AND NEW.lifted_at IS DISTINCT FROM OLD.lifted_at THEN
        RAISE restrict_violation USING MESSAGE = 'who was blocked, and why, stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER supporter_block_stays BEFORE UPDATE ON supporter_block
    FOR EACH ROW EXECUTE FUNCTION supporter_block_stays();

-- Who looked goes with the learner, and never otherwise.
CREATE FUNCTION supporter_look_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT EXISTS (SELECT FROM user_account WHERE id = OLD.learner_id) THEN
            RETURN OLD;
        END IF;
    ELSIF NEW.adult_id IS NULL AND to_jsonb(NEW) - 'adult_id' = to_jsonb(OLD) - 'adult_id' THEN
        RETURN NEW;
    END IF;
    RAISE restrict_violation USING MESSAGE = 'who looked stays';
END $$;
CREATE TRIGGER supporter_look_stays BEFORE UPDATE OR DELETE ON supporter_look
    FOR EACH ROW EXECUTE FUNCTION supporter_look_stays();
"""
_TRIGGERS = (
    ("supporter_link_holds", "supporter_link"),
    ("supporter_block_stays", "supporter_block"),
    ("supporter_look_stays", "supporter_look"),
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _take_kinds(_kinds() | set(_NEW_KINDS))
    _create_supporter_group()
    _create_supporter_link()
    _create_supporter_group_member()
    _create_supporter_look()
    _create_supporter_block()
    op.execute(RULES)


def _create_supporter_group() -> None:
    op.create_table(
        "supporter_group",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("code_number", sa.Integer(), server_default="1", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "char_length(name) BETWEEN 2 AND 60", name=op.f("ck_supporter_group_name_short")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_group_owner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_supporter_group_provider_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_group")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_supporter_group_code_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_supporter_group_uuid")),
    )
    op.create_index(
        op.f("ix_supporter_group_owner_id"), "supporter_group", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_supporter_group_provider_id"), "supporter_group", ["provider_id"], unique=False
    )


def _create_supporter_link() -> None:
    op.create_table(
        "supporter_link",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("adult_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "teacher",
                "mentor",
                "coach",
                "youth_worker",
                "careers_adviser",
                "guardian",
                "other",
                name="supportkind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("provider_id", sa.BigInteger(), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("takes_effect_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "ended_by",
            sa.Enum(
                "learner",
                "adult",
                "guardian",
                "officer",
                "age",
                name="endedby",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("is_by_adult", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "agreed_at IS NOT NULL OR NOT is_by_adult OR scopes = ARRAY['comment']",
            name=op.f("ck_supporter_link_sees_nothing_before_a_yes"),
        ),
        sa.CheckConstraint(
            "expires_at <= coalesce(renewed_at, agreed_at, asked_at) + interval '366 days'",
            name=op.f("ck_supporter_link_a_year_at_most"),
        ),
        sa.CheckConstraint(
            "scopes <@ ARRAY['see_record', 'see_evidence', 'see_plans', 'comment']",
            name=op.f("ck_supporter_link_known_scopes"),
        ),
        sa.CheckConstraint(
            "(adult_id IS NULL) = (taken_up_at IS NULL)",
            name=op.f("ck_supporter_link_taken_up_by_someone"),
        ),
        sa.CheckConstraint(
            "(agreed_at IS NULL) = (takes_effect_at IS NULL)",
            name=op.f("ck_supporter_link_takes_effect_once"),
        ),
        sa.CheckConstraint(
            "NOT is_by_adult OR provider_id IS NOT NULL",
            name=op.f("ck_supporter_link_made_for_an_organisation"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL)",
            name=op.f("ck_supporter_link_ended_by_someone"),
        ),
        sa.CheckConstraint(
            "(expires_at IS NOT NULL) = (agreed_at IS NOT NULL OR is_by_adult)",
            name=op.f("ck_supporter_link_expires_some_day"),
        ),
        sa.CheckConstraint(
            "adult_id IS NULL OR adult_id <> learner_id", name=op.f("ck_supporter_link_of_two")
        ),
        sa.CheckConstraint(
            "agreed_at IS NULL OR adult_id IS NOT NULL",
            name=op.f("ck_supporter_link_agreed_by_two"),
        ),
        sa.CheckConstraint(
            "invited_until > asked_at", name=op.f("ck_supporter_link_invited_for_a_time")
        ),
        sa.CheckConstraint(
            "takes_effect_at >= agreed_at", name=op.f("ck_supporter_link_takes_effect_after_a_yes")
        ),
        sa.ForeignKeyConstraint(
            ["adult_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_link_adult_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["supporter_group.id"],
            name=op.f("fk_supporter_link_group_id_supporter_group"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_link_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["provider_id"],
            ["provider.id"],
            name=op.f("fk_supporter_link_provider_id_provider"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_supporter_link_token_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_supporter_link_uuid")),
    )
    op.create_index(
        "ix_supporter_link_adult_id",
        "supporter_link",
        ["adult_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_supporter_link_group_id"), "supporter_link", ["group_id"], unique=False
    )
    op.create_index(
        op.f("ix_supporter_link_learner_id"), "supporter_link", ["learner_id"], unique=False
    )
    op.create_index(
        op.f("ix_supporter_link_provider_id"), "supporter_link", ["provider_id"], unique=False
    )
    op.create_index(
        "uq_supporter_link_live",
        "supporter_link",
        ["learner_id", "adult_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _create_supporter_group_member() -> None:
    op.create_table(
        "supporter_group_member",
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["supporter_group.id"],
            name=op.f("fk_supporter_group_member_group_id_supporter_group"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_group_member_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "learner_id", name=op.f("pk_supporter_group_member")),
    )
    op.create_index(
        op.f("ix_supporter_group_member_learner_id"),
        "supporter_group_member",
        ["learner_id"],
        unique=False,
    )


def _create_supporter_look() -> None:
    op.create_table(
        "supporter_look",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("adult_id", sa.BigInteger(), nullable=True),
        sa.Column("adult_name", sa.Text(), nullable=False),
        sa.Column(
            "page",
            sa.Enum(
                "overview",
                "record",
                "evidence",
                "plans",
                "feedback",
                "bookings",
                name="pagekind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adult_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_look_adult_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_look_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_look")),
    )
    op.create_index(
        op.f("ix_supporter_look_adult_id"), "supporter_look", ["adult_id"], unique=False
    )
    op.create_index(
        "uq_supporter_look_once_a_day",
        "supporter_look",
        ["learner_id", "adult_id", "page", "looked_on"],
        unique=True,
    )


def _create_supporter_block() -> None:
    op.create_table(
        "supporter_block",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("learner_id", sa.BigInteger(), nullable=False),
        sa.Column("adult_id", sa.BigInteger(), nullable=False),
        sa.Column("officer_id", sa.BigInteger(), nullable=True),
        sa.Column("officer_name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "char_length(reason) BETWEEN 5 AND 300", name=op.f("ck_supporter_block_for_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["adult_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_block_adult_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["learner_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_block_learner_id_user_account"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["officer_id"],
            ["user_account.id"],
            name=op.f("fk_supporter_block_officer_id_user_account"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_block")),
        sa.UniqueConstraint("uuid", name=op.f("uq_supporter_block_uuid")),
    )
    op.create_index(
        op.f("ix_supporter_block_adult_id"), "supporter_block", ["adult_id"], unique=False
    )
    op.create_index(
        op.f("ix_supporter_block_officer_id"), "supporter_block", ["officer_id"], unique=False
    )
    op.create_index(
        "uq_supporter_block_live",
        "supporter_block",
        ["learner_id", "adult_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
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
    for table in (
        *("supporter_block", "supporter_look", "supporter_group_member"),
        *("supporter_link", "supporter_group"),
    ):
        op.drop_table(table)
