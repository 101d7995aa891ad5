"""What a badge stands for, in its versions, and in the words of published frameworks."""

import gzip
import os
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.errors import Conflict, NotAllowed, Refusal
from badges import facts, openbadges
from badges.frameworks import MOST_ALIGNMENTS, align, find_entries, load_framework
from badges.models import AchievementKind, Strand
from badges.queries import achievement_named, achievements_of, credential_of, kept_by
from badges.service import award, define_achievement, make_next_version, revoke
from tests import factories
from tests.factories import NOW

BASE = "https://tirnod.example"
SHARED = Path(os.environ.get("TIRNOD_SHARED", Path(__file__).parents[3] / "shared"))
SAID = {
    "name": "Clay Hand",
    "description": "About clay.",
    "criteria": "Make one thing.",
    "strand": Strand.CREATE,
}
SEEN = {"rubric": "How it was made", "rubric_levels": ["With help", "Alone"]}


def _award(db, achievement, recipient=None):
    return award(
        db,
        achievement=achievement,
        recipient=recipient or factories.learner(),
        evidence="Came.",
        activity_started_at=NOW,
        activity_ended_at=NOW,
        now=NOW,
    )


def _told(achievement):
    return openbadges.achievement(facts.achievement_facts(achievement, BASE))


def _load(db, *lines, edition="1", code="tasks"):
    return load_framework(
        db, code=code, version=edition, name="Tasks", url="https://tasks.example/", lines=lines
    )


def test_a_badge_tells_its_kind_level_language_and_words_for_what_was_seen(db):
    more = {"kind": AchievementKind.COMPETENCY, "level": 3, "language": "cy", **SEEN}
    achievement = define_achievement(db, issuer=factories.provider(), **SAID, **more)

    told = _told(achievement)

    assert told["achievementType"] == "Competency"
    assert told["tag"] == ["create", "demonstrate"]
    assert (told["inLanguage"], told["version"]) == ("cy", "1")
    [seen] = told["resultDescription"]
    assert (seen["id"], seen["name"]) == (f"{told['id']}#seen", "How it was made")
    assert [level["name"] for level in seen["rubricCriterionLevel"]] == ["With help", "Alone"]


def test_taking_part_in_something_that_helps_is_community_service(db):
    assert _told(factories.achievement(strand=Strand.HELP))["achievementType"] == "CommunityService"
    assert _told(factories.achievement())["achievementType"] == "CoCurricular"


def test_a_next_version_has_the_same_address_and_names_the_one_before(db):
    issuer = factories.provider()
    member = factories.member(of=issuer)
    noise = factories.achievement(issuer=issuer, name="Another")
    first = factories.achievement(issuer=issuer)
    align(db, achievement=first, entry_id=find_entries(db, "guidance")[0].id, by=member)
    held = _award(db, first)

    second = make_next_version(db, earlier=first, made_by=member, **SAID | {"criteria": "Two."})

    assert (second.slug, second.version) == (first.slug, 2)
    assert _told(second)["id"] == f"{BASE}/achievements/{first.slug}/v2"
    assert _told(second)["related"][0]["id"] == f"{BASE}/achievements/{first.slug}/v1"
    assert _told(second)["alignment"] == _told(first)["alignment"] != []
    assert achievement_named(db, first.slug) is second
    assert achievement_named(db, first.slug, 1) is first
    assert set(achievements_of(db, issuer)) == {noise, second}
    assert {each.achievement for each in kept_by(db, issuer)} == {noise, second}
    assert held.achievement is first


def test_a_version_is_made_of_what_was_earned_once_and_by_its_own_people(db):
    first = factories.achievement()
    member, stranger = factories.member(of=first.issuer), factories.member(of=factories.provider())
    with pytest.raises(Conflict, match="change it as it is"):
        make_next_version(db, earlier=first, made_by=member, **SAID)
    _award(db, first)
    with pytest.raises(NotAllowed):
        make_next_version(db, earlier=first, made_by=stranger, **SAID)
    make_next_version(db, earlier=first, made_by=member, **SAID)
    with pytest.raises(Conflict, match="newer version"):
        make_next_version(db, earlier=first, made_by=member, **SAID)


def test_whoever_holds_a_version_is_given_no_other(db):
    first, learner = factories.achievement(), factories.learner()
    held = _award(db, first, learner)
    second = make_next_version(db, earlier=first, made_by=factories.member(of=first.issuer), **SAID)

    assert _award(db, second, learner) is held
    assert _award(db, second).achievement is second
    assert credential_of(db, learner, second) is held
    revoke(db, credential=held, reason="Undone.", now=NOW)
    assert _award(db, second, learner) is held
    assert held.revoked_at is None


def test_the_database_keeps_versions_words_and_frameworks_of_an_earned_badge(db):
    more = {"kind": AchievementKind.COMPETENCY, **SEEN}
    earned = define_achievement(db, issuer=factories.provider(), **SAID, **more)
    free = define_achievement(db, issuer=factories.provider(), **SAID, **more)
    align(
        db,
        achievement=earned,
        entry_id=find_entries(db, "guidance")[0].id,
        by=factories.member(of=earned.issuer),
    )
    _award(db, earned)
    changes = (
        "UPDATE achievement SET kind = 'participation' WHERE id = :id",
        "UPDATE achievement SET rubric = 'Other' WHERE id = :id",
        "UPDATE achievement SET slug = 'other' WHERE id = :id",
        "UPDATE rubric_level SET name = 'Other' WHERE achievement_id = :id",
        "DELETE FROM rubric_level WHERE achievement_id = :id",
        "INSERT INTO rubric_level (achievement_id, position, name) VALUES (:id, 3, 'Third')",
        "DELETE FROM achievement_alignment WHERE achievement_id = :id",
        "INSERT INTO achievement_alignment SELECT :id, max(id) FROM framework_entry",
    )
    for change in changes:
        with pytest.raises(IntegrityError, match="stays as it is"), db.begin_nested():
            db.execute(text(change), {"id": earned.id})
        db.execute(text(change), {"id": free.id})


def test_what_was_seen_is_one_of_the_badges_own_words(db):
    ours = define_achievement(db, issuer=factories.provider(), **SAID, **SEEN)
    other = define_achievement(db, issuer=factories.provider(), **SAID, **SEEN)
    badge = _award(db, ours)
    badge.seen_id = ours.rubric_levels[1].id
    badge.narrative = "Centred the clay at the third try."
    db.flush()
    db.refresh(badge)

    subject = openbadges.open_badge(facts.credential_facts(badge, BASE))["credentialSubject"]

    assert subject["narrative"] == "Centred the clay at the third try."
    assert [result["achievedLevel"] for result in subject["result"]] == [
        f"{BASE}/achievements/{ours.slug}/v1#seen-2"
    ]
    with pytest.raises(IntegrityError), db.begin_nested():
        db.execute(
            text("UPDATE achievement_credential SET seen_id = :seen WHERE id = :id"),
            {"seen": other.rubric_levels[0].id, "id": badge.id},
        )


def test_a_framework_is_read_as_a_whole_and_brought_up_to_date(db):
    assert _load(db, "code,name", "A,Do it", "B,Do it well", "A,Do it twice") == 2
    assert _load(db, "name,code,description", "Do it anew,A,As told") == 1

    found = {entry.code: (entry.name, entry.description) for entry in find_entries(db, "do it")}
    assert found == {"A": ("Do it anew", "As told"), "B": ("Do it well", "")}
    _load(db, "code,name", "C,Do it other", edition="2")
    assert [entry.code for entry in find_entries(db, "do it")] == ["C"]  # the newest edition


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["name", "Do it"], "no column conceptUri / code"),
        ([], "no column"),
        (["code,name", "A,Do it", "B,"], "Row 3 has no code or no name"),
    ],
)
def test_a_file_that_is_no_framework_says_where(db, lines, words):
    with pytest.raises(Refusal, match=words):
        _load(db, *lines)


def test_a_badge_corresponds_to_a_few_lines_only(db):
    achievement = factories.achievement()
    member = factories.member(of=achievement.issuer)
    entries = find_entries(db, "")
    for entry in entries[:MOST_ALIGNMENTS]:
        align(db, achievement=achievement, entry_id=entry.id, by=member)
        align(db, achievement=achievement, entry_id=entry.id, by=member)

    assert len(achievement.alignments) == MOST_ALIGNMENTS
    with pytest.raises(Conflict, match="are enough"):
        align(db, achievement=achievement, entry_id=entries[MOST_ALIGNMENTS].id, by=member)
    with pytest.raises(Conflict, match="from the list"):
        align(db, achievement=factories.achievement(achievement.issuer), entry_id=0, by=member)


def test_a_line_without_an_address_of_its_own_is_known_by_ours(db, client):
    achievement = factories.achievement()
    entry = find_entries(db, "personal guidance")[0]
    align(
        db, achievement=achievement, entry_id=entry.id, by=factories.member(of=achievement.issuer)
    )
    db.commit()

    [told] = _told(achievement)["alignment"]

    assert told["targetUrl"] == f"{BASE}/frameworks/gatsby/2025#8"
    page = client.get("/frameworks/gatsby/2025")
    assert 'id="8"' in page.text
    assert client.get("/frameworks/gatsby/1066").status_code == 404


def test_escos_own_file_is_read(db):
    path = SHARED / "data/skills/esco_transversalSkillsCollection_en.csv.gz"
    if not path.exists():
        pytest.skip(f"ESCO's file is not at {path}")
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as lines:
        count = load_framework(
            db, code="esco", version="1", name="ESCO", url="https://esco.ec.europa.eu/", lines=lines
        )

    assert count > 80
    assert all(entry.url.startswith("http") for entry in find_entries(db, "work in teams"))
    assert find_entries(db, "work in teams")
