"""The words of `concepts.toml`, as people type them: accents, plurals and mutations forgiven.

Nothing here knows the listings; the search looks for each word that is returned.
"""

import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path

_CONCEPTS = Path(__file__).with_name("concepts.toml")

#: What the first letter of a Welsh word becomes: soft, nasal and aspirate, as far as it has them.
_MUTATED = {
    "p": ("b", "mh", "ph"),
    "t": ("d", "nh", "th"),
    "c": ("g", "ngh", "ch"),
    "b": ("f", "m"),
    "d": ("dd", "n"),
    "g": ("", "ng"),
    "m": ("f",),
    "ll": ("l",),
    "rh": ("r",),
}
#: Letters of Welsh that are written with two signs.
_DOUBLE_LETTERS = ("ngh", "mh", "nh", "ng", "ph", "th", "ch", "dd", "ff", "ll", "rh")
#: What may follow a G that is gone: (g)ardd, (g)wyllt, (g)lan, (g)rŵp, (g)noddfa.
_AFTER_LOST_G = frozenset("aeiouwylrn")
#: Endings of regular Welsh plurals, and the shortest word that is still one without them: shorter
#: ones turn English words into Welsh ones (`melon` is not a mill).
_WELSH_PLURALS = {
    "iau": 3,
    "au": 3,
    "oedd": 3,
    "ydd": 3,
    "ion": 4,
    "on": 4,
    "od": 4,
    "i": 4,
}
_SHORTEST_SINGULAR = 2
_SHORTEST_IN_VOCABULARY = 3
_APOSTROPHE = re.compile(r"['\u2019]")
_NOT_A_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class _Concept:
    """One thing that people look for."""

    en: tuple[str, ...]
    cy: tuple[str, ...]
    #: Words that lead here, and that nobody should look for in a listing.
    typed: tuple[str, ...] = ()
    #: The names of narrower concepts, whose words are looked for too.
    includes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Lexicon:
    """All concepts, and which of them a plain word belongs to."""

    concepts: Mapping[str, _Concept]
    english: Mapping[str, tuple[str, ...]]
    welsh: Mapping[str, tuple[str, ...]]
    #: Common words that are no mutated ones.
    common: frozenset[str]
    #: How many words the longest expression has.
    longest: int


def alternatives(word_or_phrase: str) -> list[str]:
    """Return every word that means the same, in English and in Welsh, the likeliest first.

    Accents, capitals, hyphens, plurals and Welsh mutations make no difference. Empty for what
    belongs to no concept. After the words themselves come the mutated forms under which the Welsh
    ones may stand in a listing, and then what is narrower.
    """
    concepts = _lexicon().concepts
    meant = [concepts[name] for name in _concepts_of(_plain(word_or_phrase))]
    narrower = [concepts[name] for concept in meant for name in concept.includes]
    forms = [
        form for each in meant for word in each.cy if _is_single(word) for form in mutations(word)
    ]
    return list(dict.fromkeys([*_likeliest_first(meant), *forms, *_likeliest_first(narrower)]))


def phrases(words: str | Iterable[str]) -> list[str]:
    """Cut what was typed into known expressions and single words, the longest expressions first.

    `paid work experience` is `paid` and `work experience`. Each part stays as it was typed.
    """
    left = words.split() if isinstance(words, str) else list(words)
    parts = []
    while left:
        length = _length_of_first(left)
        parts.append(" ".join(left[:length]))
        left = left[length:]
    return parts


@cache
def vocabulary() -> frozenset[str]:
    """Return each single word of every concept, plain: small letters, no accents."""
    lexicon = _lexicon()
    words = {word for key in (*lexicon.english, *lexicon.welsh) for word in key.split()}
    return frozenset(word for word in words if len(word) >= _SHORTEST_IN_VOCABULARY)


def radicals(word: str) -> list[str]:
    """Return what a Welsh word may be without its mutation: `fwyd` is `bwyd`, or else `mwyd`.

    Only the first word of an expression changes. Empty for what cannot be mutated. Many English
    words can be read so (`food`, as if of `bood`): ask only about a word that says nothing itself.
    """
    word = word.casefold()
    initial = _initial(word)
    found = [
        radical + word[len(initial) :]
        for radical, mutated in _MUTATED.items()
        if initial and initial in mutated
    ]
    if _plain(word[:1]) in _AFTER_LOST_G and initial not in ("ll", "rh", "ng", "ngh", "nh"):
        found.append("g" + word)
    return found


def mutations(word: str) -> list[str]:
    """Return the forms under which a Welsh word may stand in a listing: `gelf` for `celf`.

    Only the first word of an expression changes. Empty for a word that the lexicon has as English
    alone, for initials such as `CV`, and for what begins with a letter that stays. A form that is
    a common word of its own is left out.
    """
    if word.isupper() or not _may_be_welsh(_plain(word)):
        return []
    word = word.casefold()
    initial = _initial(word)
    rest = word[len(initial) :]
    if initial == "g" and _plain(rest[:1]) not in _AFTER_LOST_G:
        return ["ng" + rest]
    forms = (mutated + rest for mutated in _MUTATED.get(initial, ()))
    return [form for form in forms if _plain(form) not in _lexicon().common]


def _likeliest_first(concepts: Iterable[_Concept]) -> Iterator[str]:
    """Yield the first word of each concept and language, then the second of each, and so on."""
    columns = [words for each in concepts for words in (each.en, each.cy)]
    return (word for rank in zip_longest(*columns) for word in rank if word is not None)


def _length_of_first(words: list[str]) -> int:
    """Return how many of the words make up the expression that they begin with."""
    for length in range(min(_lexicon().longest, len(words)), 1, -1):
        if _concepts_of(_plain(" ".join(words[:length]))):
            return length
    return 1


def _concepts_of(key: str) -> tuple[str, ...]:
    """Return the names of the concepts that a plain word belongs to, by the nearest reading."""
    return next((names for names in map(_names, _readings(key)) if names), ())


def _names(reading: tuple[Iterable[str], Iterable[str]]) -> tuple[str, ...]:
    """Return the concepts of any of these English or Welsh words."""
    lexicon = _lexicon()
    english, welsh = reading
    found = [name for word in english for name in lexicon.english.get(word, ())]
    found += [name for word in welsh for name in lexicon.welsh.get(word, ())]
    return tuple(dict.fromkeys(found))


def _readings(key: str) -> Iterator[tuple[Iterable[str], Iterable[str]]]:
    """Yield what a word may be, the likeliest first, as English words and Welsh words.

    Without its mutation it can only be Welsh: `mike` is no English bike.
    """
    yield [key], [key]
    yield _english_singulars(key), _welsh_singulars(key)
    if key not in _lexicon().common:
        unmutated = radicals(key)
        yield [], unmutated
        yield [], [singular for radical in unmutated for singular in _welsh_singulars(radical)]


def _english_singulars(key: str) -> list[str]:
    if not key.endswith("s") or key.endswith("ss"):
        return []
    found = [key[:-1]]
    if key.endswith("es"):
        found.append(key[:-2])
    if key.endswith("ies"):
        found.append(key[:-3] + "y")
    return [word for word in found if len(word) >= _SHORTEST_SINGULAR]


def _welsh_singulars(key: str) -> list[str]:
    return [
        key[: -len(ending)]
        for ending, shortest in _WELSH_PLURALS.items()
        if key.endswith(ending) and len(key) - len(ending) >= shortest
    ]


def _is_single(word: str) -> bool:
    return " " not in word


def _may_be_welsh(key: str) -> bool:
    lexicon = _lexicon()
    return key in lexicon.welsh or key not in lexicon.english


def _initial(word: str) -> str:
    """Return the first letter of a Welsh word, which may be written with two signs or three."""
    return next((each for each in _DOUBLE_LETTERS if word.startswith(each)), word[:1])


def _plain(words: str) -> str:
    """Return words as they are compared: small letters, no accents, one space for all else."""
    apart = unicodedata.normalize("NFKD", _APOSTROPHE.sub("", words.casefold()))
    letters = "".join(each for each in apart if not unicodedata.combining(each))
    return _NOT_A_WORD.sub(" ", letters).strip()


@cache
def _lexicon() -> _Lexicon:
    """Read the concepts, once."""
    told = tomllib.loads(_CONCEPTS.read_text(encoding="utf-8"))
    common = frozenset(told.pop("common"))
    concepts = {
        name: _Concept(**{language: tuple(words) for language, words in given.items()})
        for name, given in told.items()
    }
    english = _by_word({name: each.en + each.typed for name, each in concepts.items()})
    welsh = _by_word({name: each.cy for name, each in concepts.items()})
    longest = max(len(key.split()) for key in (*english, *welsh))
    return _Lexicon(concepts, english, welsh, common, longest)


def _by_word(words: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return the names of concepts by each of their words, plain."""
    names: dict[str, list[str]] = defaultdict(list)
    for name, own in words.items():
        for key in dict.fromkeys(map(_plain, own)):
            names[key].append(name)
    return {key: tuple(found) for key, found in names.items()}
