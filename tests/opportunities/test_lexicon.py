"""What words mean the same, and how a Welsh word leads back to its concept."""

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import opportunities.words
from opportunities.words import alternatives, mutations, phrases, radicals, vocabulary

_WRITTEN = tomllib.loads(
    (Path(opportunities.words.__file__).parent / "concepts.toml").read_text(encoding="utf-8")
)
_CONCEPTS = {name: told for name, told in _WRITTEN.items() if name != "common"}
_ENGLISH = [(name, word) for name, each in _CONCEPTS.items() for word in each["en"]]
_WELSH = [(name, word) for name, each in _CONCEPTS.items() for word in each["cy"]]
_TYPED = [(name, word) for name, each in _CONCEPTS.items() for word in each.get("typed", ())]

#: What stands in a search without naming anything to do. None of it may be taken for mutated Welsh.
_EVERYDAY = re.findall(
    r"\w+",
    """
able about air all and any area ball base bath bed best big black blue board body box bring bus busy
can case chair chance chat check child children chip choice city class clean club coat cold come
cool corner could country cup dad dark data date day days deal deep desk did dim dinner do door down
drop dry each early easy eat end evening ever every eye face fair fall far fast fat father feel few
field fight find fine finish fish fit five fix floor fly fold for form found four fresh friday
friend from front full fun gave get give glass go gold good got grass great group guess gun guy half
hall have her hill home house idea ice ill in into iron island kids lady lake lamp land last late
laugh lead learn leave leg lego less let letter level lift light like line lion lip list little live
local log long look lord lose loud love low luck lunch man many map mark market master may me meal
mean meat media meet mind mine minute miss monday month moon more morning most mother mountain mouth
move much mum must my nan near need never new next nice night no north nose note now number of off
office often oil old on one only open or orange order other our out over own phone phrase pick place
rain raise ran range rate raw reach ready real reason red rest rich ride ring road rock room round
rule sad sea see she show sit some south start street sun sunday teen teens the then there thin
thing think this three time today top town under up us use very want war warm was wash watch we
wear weather week weekend well went were wet what when where which white who whole why wide wife
wild will wind window wine winter wish with word world worry would wrong year yes you young
""",
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("soccer", "football"),
        ("footie", "pêl-droed"),
        ("clay", "pottery"),
        ("theatre", "drama"),
        ("Choir", "côr"),
        ("litter pick", "beach clean"),
        ("work experience", "profiad gwaith"),
        ("cymorth cyntaf", "first aid"),
        ("nofio", "swimming"),
        ("NOFIO", "swimming"),
        ("gwnio", "sewing"),
        ("gwnïo", "sewing"),
    ],
)
def test_a_word_finds_what_means_the_same_in_both_languages(typed, found):
    assert found in alternatives(typed)


@pytest.mark.parametrize("typed", ["zzyzx", "", " ", "-", "ysgubor", "mortgage", "%", "'"])
def test_a_word_of_no_concept_has_no_alternatives(typed):
    assert alternatives(typed) == []


@pytest.mark.parametrize(("name", "word"), [*_ENGLISH, *_WELSH, *_TYPED])
def test_each_word_of_a_concept_leads_to_all_of_its_words(name, word):
    concept = _CONCEPTS[name]

    assert set(alternatives(word)) >= {*concept["en"], *concept["cy"]}


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("dogs", "dog"),
        ("ponies", "pony"),
        ("bikes", "bike"),
        ("movie", "movies"),
        ("stories", "story"),
        ("drum", "drums"),
        ("comic", "comics"),
        ("game", "games"),
        ("math", "maths"),
        ("dramau", "drama"),
        ("llyfrau", "llyfr"),
        ("corau", "cor"),
    ],
)
def test_one_and_several_of_a_thing_mean_the_same(plural, singular):
    assert alternatives(plural) == alternatives(singular) != []


@pytest.mark.parametrize("word", ["chess", "circus", "tennis"])
def test_a_word_that_only_looks_like_several_is_left_whole(word):
    assert alternatives(word)
    assert alternatives(word[:-1]) == []


@pytest.mark.parametrize(
    "typed",
    ["pêl-droed", "pel-droed", "pel droed", "peldroed", "Pêl Droed", "bêl-droed", "beldroed"],
)
def test_accents_hyphens_and_spaces_may_be_left_out(typed):
    assert "football" in alternatives(typed)


def test_a_wide_word_finds_what_is_narrower_and_not_the_other_way_round():
    assert "choir" in alternatives("music")
    assert "music" not in alternatives("choir")


def test_a_word_that_would_find_too_much_leads_to_its_concept_and_is_not_looked_for():
    assert "free" in alternatives("am ddim")
    assert "am ddim" not in alternatives("free")


@pytest.mark.parametrize(
    ("mutated", "radical"),
    [
        ("bêl-droed", ["pêl-droed"]),
        ("gelf", ["celf"]),
        ("ngherddoriaeth", ["cerddoriaeth"]),
        ("chrochenwaith", ["crochenwaith"]),
        ("arddio", ["garddio"]),
        ("fwyd", ["bwyd", "mwyd"]),
        ("ddawns", ["dawns"]),
        ("Ddawns", ["dawns"]),
        ("wnïo", ["gwnïo"]),
        ("redeg", ["rhedeg", "gredeg"]),
        ("lyfrau", ["llyfrau", "glyfrau"]),
        ("mharc", ["parc"]),
        ("nhelyn", ["telyn"]),
        ("ngardd", ["gardd"]),
        ("ôl", ["gôl"]),
        ("ffilm", []),
        ("llyfr", []),
        ("celf", []),
        ("", []),
    ],
)
def test_a_welsh_word_loses_its_mutation(mutated, radical):
    assert sorted(radicals(mutated)) == sorted(radical)


@pytest.mark.parametrize(
    ("word", "forms"),
    [
        ("celf", ["gelf", "nghelf", "chelf"]),
        ("Pobi", ["bobi", "mhobi", "phobi"]),
        ("garddio", ["arddio", "ngarddio"]),
        ("merched", ["ferched"]),
        ("rhedeg", ["redeg"]),
        ("llyfr", ["lyfr"]),
        ("chwaraeon", []),
        ("ffilm", []),
        ("nofio", []),
        ("", []),
    ],
)
def test_a_welsh_word_stands_in_these_forms(word, forms):
    assert mutations(word) == forms


def test_a_concept_is_looked_for_in_the_mutated_forms_of_its_welsh_words_too():
    assert {"celf", "gelf", "nghelf", "chelf"} <= set(alternatives("art"))


#: Which say something as they stand: `gerddi` are gardens before they are mutated poems (`cerddi`).
_OWN_WORDS = {word.lower() for _, word in [*_ENGLISH, *_WELSH, *_TYPED]}


@pytest.mark.parametrize(("name", "word"), [each for each in _WELSH if " " not in each[1]])
def test_every_mutation_leads_back_to_the_concept(name, word):
    for form in mutations(word):
        assert word.lower() in radicals(form)
        if form not in _OWN_WORDS:
            assert set(alternatives(form)) >= {*_CONCEPTS[name]["en"], *_CONCEPTS[name]["cy"]}


@pytest.mark.parametrize("initial", ["p", "t", "c", "b", "d", "g", "m", "ll", "rh"])
@given(rest=st.text("aeiouwy", min_size=1, max_size=3))
def test_every_mutation_of_any_word_can_be_undone(initial, rest):
    for form in mutations(initial + rest):
        assert initial + rest in radicals(form)


@pytest.mark.parametrize("word", _EVERYDAY)
def test_an_everyday_english_word_is_not_taken_for_mutated_welsh(word):
    assert alternatives(word) == []


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("food", "cooking"),
        ("golf", "golff"),
        ("garden", "gardening"),
        ("dance", "dawns"),
        ("music", "cerddoriaeth"),
        ("film", "ffilm"),
        ("farm", "fferm"),
        ("art", "celf"),
    ],
)
def test_an_english_word_that_could_be_mutated_welsh_keeps_its_own_meaning(word, means):
    own = [each for each in _CONCEPTS.values() if means in (*each["en"], *each["cy"])]

    assert len(own) == 1
    assert set(alternatives(word)) >= {*own[0]["en"], *own[0]["cy"]}


@pytest.mark.parametrize(
    ("typed", "joined"),
    [
        ("free work experience", ["free", "work experience"]),
        ("work experience placements", ["work experience", "placements"]),
        ("skate board", ["skate board"]),
        ("Litter Pick saturday", ["Litter Pick", "saturday"]),
        ("clwb gwaith cartref", ["clwb gwaith cartref"]),
        ("help gyda gwaith cartref", ["help", "gyda", "gwaith cartref"]),
        ("football drama", ["football", "drama"]),
        ("rhad ac am ddim", ["rhad ac am ddim"]),
        ("red bus", ["red", "bus"]),
        ("", []),
    ],
)
def test_neighbouring_words_are_joined_into_one_expression(typed, joined):
    assert phrases(typed.split()) == joined


_WORD = st.sampled_from([part for _, word in [*_ENGLISH, *_WELSH] for part in word.split()])


@given(st.lists(_WORD | st.text(min_size=1, max_size=6), max_size=6))
def test_joining_loses_no_word_and_keeps_the_order(words):
    assert " ".join(phrases(words)) == " ".join(words)


@given(st.text(max_size=20))
def test_no_input_is_too_strange(typed):
    for words in (alternatives(typed), radicals(typed), mutations(typed)):
        assert all(isinstance(word, str) for word in words)


@pytest.mark.parametrize(
    ("typed", "plural"),
    [("book", "llyfrau"), ("bike", "beiciau"), ("cerddor", "cerddorion"), ("siop", "siopau")],
)
def test_a_listing_in_welsh_is_looked_for_in_the_plural_too(typed, plural):
    assert plural in alternatives(typed)


@pytest.mark.parametrize("word", ["gig", "it", "can", "long"])
def test_initials_and_lost_accents_do_not_claim_a_common_word(word):
    assert alternatives(word) == []


@pytest.mark.parametrize("initials", ["TVs", "CVs", "DJs"])
def test_initials_have_a_plural(initials):
    assert alternatives(initials) == alternatives(initials[:-1]) != []


def test_the_vocabulary_is_single_words_without_accents():
    assert {"football", "pottery", "crochenwaith", "gwnio", "cor"} <= vocabulary()
    assert all(word.isascii() and word.isalpha() and word.islower() for word in vocabulary())


def test_each_narrower_concept_exists():
    included = {each for concept in _CONCEPTS.values() for each in concept.get("includes", ())}

    assert included <= set(_CONCEPTS)
