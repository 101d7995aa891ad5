"""What an activity may be about, guessed from its words: the report says that it was guessed."""

import re
from collections.abc import Iterable
from functools import cache

from opportunities.models import Category, OpportunityKind
from opportunities.words import alternatives, phrases

#: One word of the lexicon for each concept that says which category something belongs to.
_CONCEPTS = {
    Category.SPORT: (
        *("sport", "athletics", "running", "gymnastics", "fitness", "yoga", "boxing", "judo"),
        *("martial arts", "cycling", "skateboarding", "skating", "parkour", "swimming", "golf"),
        *("football", "rugby", "netball", "basketball", "volleyball", "hockey", "cricket"),
        *("rounders", "table tennis", "triathlon", "karate", "taekwondo", "wrestling", "fencing"),
        *("skiing", "darts", "frisbee", "diving", "lifesaving", "water sports", "sports coaching"),
        *("rowing", "tennis", "badminton", "archery", "trampolining", "snooker", "bowling"),
    ),
    Category.NATURE_AND_ADVENTURE: (
        *("outdoors", "camping", "walking", "climbing", "orienteering", "caving", "nature"),
        *("birds", "seashore", "trees", "environment", "litter pick", "gardening", "farming"),
        *("fishing", "beekeeping", "flowers", "dogs", "dofe", "scouts", "guides", "cadets"),
        *("animals", "horse riding", "fossils", "canoeing", "sailing", "surfing", "recycling"),
    ),
    Category.ARTS_AND_CULTURE: (
        *("dance", "drama", "comedy", "circus", "music", "singing", "choir", "band", "guitar"),
        *("art", "painting", "drawing", "printmaking", "sculpture", "comics", "photography"),
        *("film", "animation", "radio", "podcast", "design", "crafts", "pottery", "sewing"),
        *("knitting", "fashion", "writing", "poetry", "storytelling", "reading", "museum"),
        *("ballet", "street dance", "folk", "backstage", "magic", "piano", "drums", "orchestra"),
        *("harp", "dj", "music production", "rap", "songwriting", "graffiti", "television"),
        *("jewellery", "woodwork", "journalism", "architecture", "festival", "castle"),
        *("gallery", "history", "archaeology", "eisteddfod", "library"),
    ),
    Category.CIVIC: (
        *("charity", "youth council", "politics", "debating", "food bank", "charity shop"),
        *("mentoring", "leadership", "volunteering", "older people", "refugees"),
    ),
    Category.LIFE_SKILLS: (
        *("cooking", "baking", "first aid", "money", "jobs", "careers", "cv", "interview"),
        *("business", "coding", "computers", "electronics", "engineering", "science", "maths"),
        *("robots", "web design", "artificial intelligence", "hospitality", "retail", "law"),
        *("life skills", "homework", "driving", "languages", "counselling", "wellbeing"),
        *("work experience", "apprenticeships", "child care", "health care"),
    ),
}
_VOLUNTEERING = re.compile(r"\bvolunteer|\bgwirfoddol", re.IGNORECASE)
_WORK_EXPERIENCE = re.compile(
    r"\bwork (experience|placement)|\binternship|\bprofiad gwaith", re.IGNORECASE
)
#: Enough to tell by, and little enough to be quick.
_MOST_WORDS = 60


def guess_category(title: str, words: Iterable[str], description: str) -> Category | None:
    """Return what something is about; what stands in its title counts most."""
    for text in (title, " ".join(words), description):
        if found := _most_named(text):
            return found
    return None


def guess_kind(title: str, description: str) -> OpportunityKind | None:
    text = f"{title} {description[:300]}"
    if _WORK_EXPERIENCE.search(text):
        return OpportunityKind.WORK_EXPERIENCE
    return OpportunityKind.VOLUNTEERING if _VOLUNTEERING.search(text) else None


def _most_named(text: str) -> Category | None:
    known = _categories()
    counts: dict[Category, int] = {}
    for word in phrases(re.findall(r"[\w'-]+", text)[:_MOST_WORDS]):
        for category in _category_of(word.casefold(), known):
            counts[category] = counts.get(category, 0) + 1
    return max(counts, key=lambda each: counts[each]) if counts else None


def _category_of(word: str, known: dict[str, Category]) -> set[Category]:
    if word in known:
        return {known[word]}
    if len(word) < 4:
        return set()
    return {known[each] for each in alternatives(word)[:2] if each in known}


@cache
def _categories() -> dict[str, Category]:
    """Return the category of each word; a word of two concepts has that of the first."""
    known: dict[str, Category] = {}
    for category, concepts in _CONCEPTS.items():
        for concept in concepts:
            for word in (concept, *alternatives(concept)):
                known.setdefault(word.casefold(), category)
    return known
