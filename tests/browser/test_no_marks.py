"""No mark anywhere: not in the schema, and not in a word that a learner or a reader of theirs sees."""

import re
from importlib import import_module

import pytest
from lxml import html

from app.db import Base
from tests.databases import ROOT

#: What a mark would be called, as a part of the name of a table or a column.
_OF_A_MARK = re.compile(
    r"(^|_)(marks?|scores?|grades?|ranks?|levels?|streaks?|points?|percent|percentile|ratings?|decile"
    r"|stars?|place_in|position_in)(_|$)"
)
#: Each that there is, and why it is no mark of a learner.
_NO_MARKS = {
    "deprivation.score": "of an area, in an official file",
    "deprivation.rank": "of an area, in an official file",
    "deprivation.decile": "of an area, in an official file",
    "reach_cell.decile": "of areas, in what is released",
    "place.point": "where on earth a place is",
    "sufficiency_rule.points": "how many things a city asks for before a record says something",
    "achievement.level": "what a badge asks for, the same for all who earn it",
    "rubric_level": "words to choose from for what was seen",
    "logged_activity.qualification_level": "of a course, as whoever offers it says",
    "assurance.level": "which check of a person was seen",
    "placement.points": "what makes a day with an employer a good one",
    "evidence_upload.mark": "by which a file on its way in is known again",
    "point_seen": "one of the things that make a day with an employer a good one",
    "point_seen.point": "which of them",
    "attendance_mark": "a tap at the door",
}
#: In what is read, in both languages. "No scores" and the like may be said; nothing else.
_WORDS = re.compile(
    r"\b(grades?|scores?|scored|ranks?|ranked|ranking|streaks?|percent|percentage|percentile"
    r"|leaderboards?|points|out of (?:10|100)|levels?|top \d+|average"
    r"|gradd(?:au)?|sg[ôo]r(?:iau)?|safle yn|rhestr y goreuon|y cant|pwyntiau|lefel(?:au)?)\b|\d ?%",
    re.IGNORECASE,
)
#: Said of what stands on a page in other words, and not of anybody.
_SAID_OF_NOBODY = (
    "level access", "ground level", "sea level", "level ground", "spirit level",
    # What a badge asks for, on the page that says what it means.
    "level of the badge", "lefel y bathodyn",
    # What is found amiss with a badge that promises one.
    "promise a grade or a mark", "addo gradd neu farc",
    # What a course leads to, on the form that adds one and where it is told.
    "which level has the course", "level of the course", "pa lefel", "lefel y cwrs", "3 like a levels", "lefel a",
)  # fmt: skip
_STARTS = (
    "/me",
    "/s/",
    "/support",
    "/family",
    "/evidence",
    "/confirm",
    "/provide",
    "/door",
    "/authority",
)


def test_the_schema_has_no_place_for_a_mark():
    for models in ROOT.glob("*/models.py"):
        import_module(f"{models.parent.name}.models")
    named = {
        name
        for table in Base.metadata.sorted_tables
        for name in (table.name, *(f"{table.name}.{column.name}" for column in table.columns))
        if _OF_A_MARK.search(name.rpartition(".")[2])
    }

    assert named == set(_NO_MARKS)


def test_a_mark_that_somebody_adds_is_seen():
    for name in ("score", "total_marks", "skill_level", "rank_in_class", "longest_streak"):
        assert _OF_A_MARK.search(name)
    for words in ("Your score", "Level 3", "Top 10 learners", "80%", "Dy sgôr"):
        assert _WORDS.search(words)


@pytest.mark.parametrize("before", ["", "/cy"])
@pytest.mark.parametrize(
    "who", ["learner", "supporter", "guardian", "provider_admin", "authority_officer"]
)
def test_no_page_says_how_good_somebody_is(visit, site, who, before):
    page = visit(who)
    seen, said = set(), {}
    waiting = [f"{before}{start}" for start in _BEGINNINGS[who]]
    while waiting and len(seen) < 120:
        address = waiting.pop(0)
        if _shape(address) in seen:
            continue
        seen.add(_shape(address))
        answer = page.request.get(address)
        if answer.status != 200 or "html" not in answer.headers["content-type"]:
            continue
        document = html.fromstring(answer.body())
        for found in _marks_in(document):
            said.setdefault(found, address)
        # The address of a pack is written out whole, for the learner to copy.
        links = (link.removeprefix(site.url) for link in document.xpath("//a/@href"))
        waiting += [link for link in links if _is_ours(link, before)]

    assert said == {}
    assert len(seen) >= _AT_LEAST[who]
    assert who != "learner" or any("/s/" in address for address in seen)


_BEGINNINGS = {
    "learner": ("/me",),
    "supporter": ("/support",),
    "guardian": ("/family",),
    "provider_admin": ("/provide",),
    "authority_officer": ("/authority/providers", "/authority/feedback", "/authority/supporters"),
}
_AT_LEAST = {
    "learner": 40,
    "supporter": 3,
    "guardian": 1,
    "provider_admin": 20,
    "authority_officer": 5,
}


def _shape(address: str) -> str:
    """Return an address without what tells one of a kind from another: one of each is enough."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", address.partition("?")[0])


def _is_ours(link: str, before: str) -> bool:
    plain = link.removeprefix(before) if before else link
    return plain.startswith(_STARTS) and "." not in plain


def _marks_in(document) -> list[str]:
    for each in document.xpath("//script|//style"):
        each.drop_tree()
    texts = (
        " ".join(each.split()) for each in document.xpath("//body//text()|//body//@aria-label")
    )
    return [
        text
        for text in texts
        if _WORDS.search(text)
        and not any(plain in text.lower() for plain in _SAID_OF_NOBODY)
        and not re.search(r"\b(no|not|never|without|dim|heb|nid)\b", text, re.IGNORECASE)
    ]
