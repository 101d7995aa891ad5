"""Say more of what a badge stands for: its kind, its versions, frameworks, and words for what was seen."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0025"
branch_labels = None
depends_on = None

_KINDS = ("participation", "competency")

# The rest of what a badge says stays as it is, too, once somebody has earned it (see 0013).
_SAID = ("slug", "version", "issuer_id", "kind", "language", "rubric")
_LOCK = """
CREATE FUNCTION refuse_change_beside_earned() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    badge bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN
        badge := OLD.achievement_id;
    ELSE
        badge := NEW.achievement_id;
    END IF;
    IF EXISTS (SELECT FROM achievement_credential WHERE achievement_id = badge) THEN
        RAISE EXCEPTION 'A badge that somebody has earned stays as it is.'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER earned_for_good BEFORE INSERT OR UPDATE OR DELETE
ON rubric_level FOR EACH ROW EXECUTE FUNCTION refuse_change_beside_earned();
CREATE TRIGGER earned_for_good BEFORE INSERT OR UPDATE OR DELETE
ON achievement_alignment FOR EACH ROW EXECUTE FUNCTION refuse_change_beside_earned();
"""

# What programs are told of an opportunity names the version of its badge.
_TOLD_OLD = "|| '/v1\"}'"
_TOLD_NEW = "|| '/v' || a.version || '\"}'"

_BUILT_IN = (
    (
        ("gatsby", "2025", "Gatsby Benchmarks", "https://www.gatsby.org.uk/"),
        (
            ("1", "A stable careers programme"),
            ("2", "Learning from career and labour market information"),
            ("3", "Addressing the needs of each young person"),
            ("4", "Linking curriculum learning to careers"),
            ("5", "Encounters with employers and employees"),
            ("6", "Experiences of workplaces"),
            ("7", "Encounters with further and higher education"),
            ("8", "Personal guidance"),
        ),
    ),
    (
        ("enrichment", "2026", "DfE Enrichment Framework", "https://www.gov.uk/"),
        (
            ("civic", "Civic engagement"),
            ("arts_and_culture", "Arts and culture"),
            ("nature_and_adventure", "Nature, outdoor and adventure"),
            ("sport", "Sport and physical activities"),
            ("life_skills", "Developing wider life skills"),
        ),
    ),
)


def upgrade() -> None:
    _extend_achievement()
    _create_frameworks()
    _create_rubrics()
    _extend_credential()
    _lock()
    _tell(_TOLD_OLD, _TOLD_NEW)


def _extend_achievement() -> None:
    kinds = ", ".join(f"'{kind}'" for kind in _KINDS)
    for column in (
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("earlier_id", sa.BigInteger()),
        sa.Column("kind", sa.String(40), server_default="participation", nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("rubric", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("achievement", column)
    op.create_check_constraint(
        op.f("ck_achievement_achievementkind"), "achievement", f"kind IN ({kinds})"
    )
    op.create_check_constraint(
        op.f("ck_achievement_language_known"), "achievement", "language IN ('en', 'cy')"
    )
    op.create_check_constraint(
        op.f("ck_achievement_later_versions_follow"),
        "achievement",
        "version >= 1 AND (version = 1) = (earlier_id IS NULL)",
    )
    op.drop_constraint(op.f("uq_achievement_slug"), "achievement", type_="unique")
    op.create_unique_constraint(
        op.f("uq_achievement_slug_version"), "achievement", ["slug", "version"]
    )
    op.create_unique_constraint(op.f("uq_achievement_earlier_id"), "achievement", ["earlier_id"])
    op.create_foreign_key(
        op.f("fk_achievement_earlier_id_achievement"),
        "achievement",
        "achievement",
        ["earlier_id"],
        ["id"],
    )


def _create_frameworks() -> None:
    framework = op.create_table(
        "framework",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.CheckConstraint("url LIKE 'http%'", name=op.f("ck_framework_has_publisher")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_framework_code_version")),
    )
    entry = op.create_table(
        "framework_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("framework_id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["framework_id"],
            ["framework.id"],
            name=op.f("fk_framework_entry_framework_id_framework"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_framework_entry")),
        sa.UniqueConstraint(
            "framework_id", "code", name=op.f("uq_framework_entry_framework_id_code")
        ),
    )
    op.create_table(
        "achievement_alignment",
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievement.id"],
            name=op.f("fk_achievement_alignment_achievement_id_achievement"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["framework_entry.id"],
            name=op.f("fk_achievement_alignment_entry_id_framework_entry"),
        ),
        sa.PrimaryKeyConstraint(
            "achievement_id", "entry_id", name=op.f("pk_achievement_alignment")
        ),
    )
    op.create_index(
        op.f("ix_achievement_alignment_entry_id"), "achievement_alignment", ["entry_id"]
    )
    for (code, version, name, url), entries in _BUILT_IN:
        row = {"code": code, "version": version, "name": name, "url": url}
        number = op.get_bind().scalar(framework.insert().values(row).returning(framework.c.id))
        op.bulk_insert(
            entry,
            [{"framework_id": number, "code": each, "name": said} for each, said in entries],
        )


def _create_rubrics() -> None:
    op.create_table(
        "rubric_level",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("achievement_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "position BETWEEN 1 AND 6", name=op.f("ck_rubric_level_few_to_choose_from")
        ),
        sa.ForeignKeyConstraint(
            ["achievement_id"],
            ["achievement.id"],
            name=op.f("fk_rubric_level_achievement_id_achievement"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rubric_level")),
        sa.UniqueConstraint(
            "achievement_id", "position", name=op.f("uq_rubric_level_achievement_id_position")
        ),
        sa.UniqueConstraint("id", "achievement_id", name=op.f("uq_rubric_level_id_achievement_id")),
    )


def _extend_credential() -> None:
    op.add_column(
        "achievement_credential",
        sa.Column("narrative", sa.Text(), server_default="", nullable=False),
    )
    op.add_column("achievement_credential", sa.Column("seen_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_achievement_credential_seen_id_rubric_level"),
        "achievement_credential",
        "rubric_level",
        ["seen_id", "achievement_id"],
        ["id", "achievement_id"],
    )


def _lock() -> None:
    op.execute(_LOCK)
    old, new = (", ".join(f"{row}.{column}" for column in _SAID) for row in ("OLD", "NEW"))
    op.execute(
        f"CREATE TRIGGER more_earned_for_good BEFORE UPDATE OF {', '.join(_SAID)} ON achievement "
        f"FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) "
        "EXECUTE FUNCTION refuse_change_of_earned()"
    )


def _tell(old: str, new: str) -> None:
    told = op.get_bind().scalar(
        sa.text("SELECT pg_get_functiondef('told_of(bigint)'::regprocedure)")
    )
    if old not in told:
        raise RuntimeError("told_of names its badge in another way than this migration knows.")
    op.execute(sa.text(told.replace(old, new).replace(":", r"\:")))


def downgrade() -> None:
    _tell(_TOLD_NEW, _TOLD_OLD)
    op.execute("DROP TRIGGER more_earned_for_good ON achievement")
    for table in ("rubric_level", "achievement_alignment"):
        op.execute(f"DROP TRIGGER earned_for_good ON {table}")
    op.execute("DROP FUNCTION refuse_change_beside_earned()")
    op.drop_column("achievement_credential", "seen_id")
    op.drop_column("achievement_credential", "narrative")
    for table in ("rubric_level", "achievement_alignment", "framework_entry", "framework"):
        op.drop_table(table)
    op.drop_constraint(op.f("uq_achievement_slug_version"), "achievement", type_="unique")
    op.create_unique_constraint(op.f("uq_achievement_slug"), "achievement", ["slug"])
    for column in ("rubric", "language", "kind", "earlier_id", "version"):
        op.drop_column("achievement", column)
