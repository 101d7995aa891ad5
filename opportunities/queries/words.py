"""What a person means by the words they type: stems, both languages, typing errors.

`robot club or "open mic" -football` reads as it does elsewhere: all of the words, or what stands on
the other side of `or`; a phrase in quotation marks as it is; nothing that has a word after a minus.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Boolean, Integer, Text

from app.questions import Asked
from opportunities.words import alternatives, phrases, vocabulary

_PART = re.compile(r'(-?)(?:"([^"]*)"|([^\s"]+))')
_LETTERS = re.compile(r"[^\W\d_]+")
#: Shorter words have too many neighbours: a correction would be a guess.
_SHORTEST_CORRECTED = 4
_SHORTEST_COMPLETED = 4
_MOST_FORMS = 80


@dataclass(frozen=True)
class Understood:
    """What was understood of some words."""

    #: As PostgreSQL writes a `tsquery`; None where nothing that says something was typed.
    query: str | None
    #: Each word that was taken for a typing error, and the word that was meant.
    corrected: dict[str, str] = field(default_factory=dict)


@dataclass
class _Term:
    """One thing that is asked of a text: any of these forms, or none of them."""

    typed: str
    is_phrase: bool
    is_unwanted: bool
    forms: list[str] = field(default_factory=list)
    #: The same as PostgreSQL writes a `tsquery`; empty where it says nothing.
    query: str = ""


def understand(db: Asked, typed: str) -> Understood:
    """Return what someone means by `typed`. Nothing of it is kept longer than the session is."""
    if not typed:
        return Understood(None)
    known = db.info.setdefault(understand, {})
    if typed not in known:
        known[typed] = _understood(db, typed)
    return known[typed]


def _understood(db: Asked, typed: str) -> Understood:
    groups = [list(_terms(part)) for part in _alternatives_of(typed)]
    terms = [term for group in groups for term in group]
    if not terms:
        return Understood(None)
    corrected = _settle(db, terms)
    _write(db, terms)
    sides = [" & ".join(f"( {term.query} )" for term in group if term.query) for group in groups]
    return Understood(" | ".join(f"( {side} )" for side in sides if side) or None, corrected)


def _alternatives_of(typed: str) -> Iterator[list[tuple[str, str, str]]]:
    """Yield what stands between one `or` and the next."""
    part: list[tuple[str, str, str]] = []
    for minus, phrase, word in _PART.findall(typed):
        if word.lower() in ("or", "neu") and not minus:
            yield part
            part = []
        else:
            part.append((minus, phrase, word))
    yield part


def _terms(parts: Sequence[tuple[str, str, str]]) -> Iterator[_Term]:
    """Yield the terms of one side of an `or`; neighbouring words may be one expression."""
    plain: list[str] = []
    for minus, phrase, word in parts:
        if not minus and word:
            plain.append(word)
            continue
        yield from (_Term(each, False, False) for each in phrases(plain))
        plain = []
        if phrase or word:
            yield _Term(phrase or word, bool(phrase), bool(minus))
    yield from (_Term(each, False, False) for each in phrases(plain))


def _settle(db: Asked, terms: Iterable[_Term]) -> dict[str, str]:
    """Give each term its forms; return which words were taken for another."""
    open_terms: list[_Term] = []
    for term in terms:
        term.forms = [term.typed] if term.is_phrase else _with_alternatives(term.typed)
        word = term.typed.lower()
        if len(term.forms) == 1 and not term.is_phrase and _LETTERS.fullmatch(word):
            open_terms.append(term)
    corrected: dict[str, str] = {}
    near = _neighbours(db, sorted({term.typed.lower() for term in open_terms}))
    for term in open_terms:
        word = term.typed.lower()
        is_known, completed, alike = near.get(word, (False, [], []))
        if is_known:
            continue
        if completed:
            term.forms += completed
        elif not term.is_unwanted and (meant := _meant(word, alike)):
            term.forms += _with_alternatives(meant)
            corrected[term.typed] = meant
    return corrected


def _with_alternatives(word: str) -> list[str]:
    return list(dict.fromkeys([word, *alternatives(word)]))[:_MOST_FORMS]


def _neighbours(db: Asked, words: Sequence[str]) -> dict[str, tuple[bool, list[str], list[str]]]:
    """Return of each word whether listings know it, how it may go on, and what is spelt alike."""
    asked = [word for word in words if len(word) >= _SHORTEST_COMPLETED]
    if not asked:
        return {}
    rows = db.execute(_NEIGHBOURS, {"words": asked})
    return {word: (is_known, completed, alike) for word, is_known, completed, alike in rows}


_NEIGHBOURS = text(
    """
    SELECT typed,
        EXISTS (SELECT FROM search_word w WHERE w.stem
            = coalesce((ts_lexize('english_stem', unaccent(typed)))[1], unaccent(typed))),
        array(SELECT word FROM search_word w WHERE w.word LIKE unaccent(typed) || '%'
            ORDER BY length(word), word LIMIT 8),
        array(SELECT word FROM search_word w WHERE w.word % unaccent(typed)
            ORDER BY similarity(w.word, unaccent(typed)) DESC, word LIMIT 12)
    FROM unnest(:words) typed
    """
).bindparams(bindparam("words", type_=ARRAY(Text)))


def _meant(word: str, alike: Sequence[str]) -> str | None:
    """Return the word that was meant, if one is near enough: a letter off, or two in a long word."""
    if len(word) < _SHORTEST_CORRECTED:
        return None
    allowed = 1 if len(word) < 6 else 2
    # What stands in listings comes first: it will find something.
    candidates = [*alike, *sorted(vocabulary())]
    best = min(candidates, key=lambda other: OSA.distance(word, other), default=None)
    if best is None or not 0 < OSA.distance(word, best) <= allowed:
        return None
    return best


def _write(db: Asked, terms: Sequence[_Term]) -> None:
    """Let PostgreSQL write what each term asks: each stem once, and none that no listing has."""
    forms = [(at, form) for at, term in enumerate(terms) for form in term.forms]
    values = {
        "terms": [at for at, _form in forms],
        "forms": [form for _at, form in forms],
        "phrases": [terms[at].is_phrase for at, _form in forms],
        # What was typed is asked for even so: where nothing has it, nothing is found.
        "typed": [form == terms[at].forms[0] for at, form in forms],
    }
    for at, written in db.execute(_WRITTEN, values):
        any_form = " | ".join(f"( {each} )" for each in written)
        terms[at].query = f"! ( {any_form} )" if terms[at].is_unwanted else any_form


_WRITTEN = text(
    """
    SELECT term, array_agg(query ORDER BY query) FROM (
        SELECT DISTINCT term, (CASE WHEN is_phrase THEN phraseto_tsquery('english', unaccent(form))
            ELSE plainto_tsquery('english', unaccent(form)) END)::text AS query
        FROM unnest(:terms, :forms, :phrases, :typed) asked (term, form, is_phrase, is_typed)
        WHERE is_typed OR NOT EXISTS (
            SELECT FROM unnest(to_tsvector('english', unaccent(form))) stem
            WHERE lexeme ~ '^[a-z]{3,30}$'
                AND NOT EXISTS (SELECT FROM search_word w WHERE w.stem = lexeme))
    ) written
    WHERE query <> '' GROUP BY term
    """
).bindparams(
    bindparam("terms", type_=ARRAY(Integer)),
    bindparam("forms", type_=ARRAY(Text)),
    bindparam("phrases", type_=ARRAY(Boolean)),
    bindparam("typed", type_=ARRAY(Boolean)),
)
