"""A rule of thumb: does a sentence name something that a person does?

It looks for a verb of doing, in English or Welsh. It is generous: a sentence passes on one such
word, since a false alarm costs a volunteer more than a weak sentence does.
"""

import re
from collections.abc import Iterator
from functools import cache


@cache
def _words(text: str) -> frozenset[str]:
    """Return the words of a list that is written as text."""
    return frozenset(text.split())


#: What is hardly ever anything but something one does: it counts wherever it stands.
_PLAIN = """
    achieve add adopt agree apply arrange arrive ask assemble assist attend bake become begin
    bend boil borrow bring build buy carry catch celebrate choose chop clean clear climb coach
    collect come communicate compare compete complete compose conduct connect contribute count
    create cut decide decorate deliver demonstrate describe develop devise dig direct discover
    discuss dismantle do draft draw earn edit enter entertain examine explain explore express
    feed fetch fill find finish fix fold follow gather get give glue go greet grow handle hang
    harvest hear hold identify improve include inspect inspire install interview introduce
    invent investigate invite join keep kneel knit lay learn leave lend listen look make manage
    measure meet memorise mend mentor mould navigate notice observe open operate organise
    organize overcome participate peel perform persuade pour praise prepare print promote
    propose protect prove provide publish put raise read recite recycle referee reflect rehearse
    remember remove replace rescue research respond restore rewrite ride run sail say screw sell
    send serve sew share sieve sing sit solve sow speak spend spin stand stay steer stitch stop
    submit suggest supervise supply sweep swim take teach tell think throw tidy try turn
    understand unload wash wear weave welcome win write
"""
#: What is a thing as often as something one does: it counts where a doing can be expected.
_DOUBLE = """
    act aid answer audit book camp care challenge chat code cook craft cycle dance debate design
    display document dress drill drive exchange exercise exhibit experiment farm film fish focus
    guard guide hammer help hike host iron jam judge jump kick label lap lead lift light link
    list log map march mark master mix model move nail name note number offer pack paint pass
    pay perfect photograph pick pitch plan plant play practice practise present press produce
    program question race rap reach record repair report result review roll row sample score
    scout search set shape shoot show sketch ski sort sound sponsor stage start step stretch
    study support surf survey talk test tie time tour trace track trade train translate travel
    treat tune tutor use visit volunteer vote wake walk watch water weld work wrap
"""
#: Forms that no rule makes out of the verb: they count wherever they stand.
_OTHER_FORMS = """
    ate began bent bought broke brought built came caught chose chosen cut did done drawn drew
    dug fed felt found gave given gone got grew grown heard held hung kept knitted laid led left
    lent lit made met put ran rang read ridden rode said sang sat sent sewn shared showed shown
    sold sown spent spoke spoken spun stood swam swept taken taught thought threw thrown told
    took tried went won wore wove woven written wrote
"""
_WELSH = """
    adeiladu adnabod adrodd aeth archwilio argraffu aros arwain ateb beicio bwydo cadw cafodd
    cana canu cario casgla casglu cefnogi cerdda cerdded chwarae chwilio codio cofnodi coginia
    coginio crea creu croesawu cwblhau cyfarfod cyfieithu cyflwyna cyflwyno cyfrannu cyfri
    cyfweld cymdeithasu cymer cymharu cymryd cynllunio cynnal cynnig cyrraedd cystadlu cysylltu
    daeth dal dangos dangosa darganfod darllen darllena datrys dawnsia dawnsio dechrau defnyddio
    dere dewis dewisa dilyn disgrifio dod dringa dringo dweud dyfarnu dylunio dysga dysgu egluro
    ennill enwi esbonio ffilmio glanhau gofalu gofyn golchi golygu gorffen gorffenna gosod gwau
    gweini gweithia gweithio gwella gwerthu gwirfoddoli gwna gwnaeth gwneud gwnïo gwranda
    gwrando gwylio gyrru helpa helpu holi hwylio hyfforddi llunio llywio mentora mentro mesur
    mynd mynychu newid nofia nofio paratoi peintio perfformio planna plannu pobi prynu recordio
    rhaglennu rhanna rhannu rheda rhedeg rho rhoddodd rhoi rhwyfo seiclo sgwrsio siarad siarada
    sylwi torri trafod trefna trefnu treulio trwsio tyfu tynnu ymarfer ymchwilio ymuna ymuno
    ymweld ysgrifenna ysgrifennu
"""
#: Words in -wch that are things: the rest of them ask somebody to do something.
_NOT_ASKING = """
    anialwch brawdgarwch cwch cychwch cyfeillgarwch dedwyddwch difrawwch diogelwch diolchgarwch
    duwch elusengarwch ffresgwch gwladgarwch harddwch hawddgarwch heddwch hyfrydwch llonyddwch
    lludwch llwch prydferthwch tawelwch tewdwch tristwch tywyllwch
"""
#: After these, or at the start, one can expect a doing.
_BEFORE_A_DEED = _words(
    """
    you they we i who must can will should could to then also by for through after when while
    once either always please and
    """
)
#: Whatever starts a clause and has one of these behind it seems to ask for something: whittle a spoon.
_AFTER_A_DEED = _words(
    """
    a an the your one two three four five six seven eight nine ten this each every someone
    somebody something yourself them him her it
    """
)
#: Unless it is one of these.
_NO_DEED = _words(
    """
    for with in at on all to of by from half both as about over under after before during
    through only just being like and or but if than plus per up
    """
)
#: A doing in -ing is told from a thing in -ing by what stands before it, and by these.
_BEFORE_AN_ING = _BEFORE_A_DEED | _words(
    """
    of in with from on is are been be hours minutes days weeks sessions times
    """
)
#: What ends in -ing, and is a thing wherever it stands.
_THINGS_IN_ING = _words("building learning meeting training")
#: Where a new clause starts.
_CLAUSE = re.compile(r"[.,;:!?\n()\u2022\u2013\u2014]|\s-\s|(?<=\s)\d+[.)]\s")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_VOWELS = "aeiou"
#: How Welsh changes the start of a word: what it was, and what it may become.
_MUTATIONS = (
    *(("ll", "l"), ("rh", "r"), ("p", "b"), ("p", "mh"), ("p", "ph"), ("t", "d"), ("t", "nh")),
    *(("t", "th"), ("c", "g"), ("c", "ngh"), ("c", "ch"), ("b", "f"), ("b", "m"), ("d", "dd")),
    *(("d", "n"), ("g", ""), ("g", "ng"), ("m", "f")),
)


def names_a_deed(sentence: str) -> bool:
    """Say whether a sentence seems to name something that a person does, in English or Welsh."""
    return any(_clause_does(_WORD.findall(clause)) for clause in _CLAUSE.split(sentence.casefold()))


def _clause_does(words: list[str]) -> bool:
    return _asks_for_something(words) or any(map(_is_deed, words, ["", *words]))


def _asks_for_something(words: list[str]) -> bool:
    """Say whether a clause begins like an order, whatever the verb."""
    if len(words) < 3 or words[0] in _NO_DEED or words[1] not in _AFTER_A_DEED:
        return False
    # In Welsh `a` is `and`, and the word after it shows that by how it starts.
    return words[1] != "a" or not words[2].startswith(("ch", "ph", "th"))


def _is_deed(word: str, before: str) -> bool:
    """Say whether a word is a doing; `before` is the word in front of it, empty where it is the first."""
    if word in _anywhere() or _asks_in_welsh(word):
        return True
    can_be_expected = not before or before in _BEFORE_A_DEED or before.endswith("ly")
    if word in _doubles():
        return can_be_expected
    return word in _ings() and (can_be_expected or before in _BEFORE_AN_ING)


def _asks_in_welsh(word: str) -> bool:
    return len(word) > 4 and word.endswith("wch") and word not in _things_in_wch()


@cache
def _anywhere() -> frozenset[str]:
    """Return every word that is a doing wherever it stands."""
    plain, double = _words(_PLAIN), _words(_DOUBLE)
    return frozenset(
        {
            *plain,
            *(_with_s(verb) for verb in plain),
            *(_with(verb, "ed") for verb in plain | double),
            *_words(_OTHER_FORMS),
            *(form for verb in _words(_WELSH) for form in _mutated(verb)),
        }
    )


@cache
def _doubles() -> frozenset[str]:
    return frozenset(form for verb in _words(_DOUBLE) for form in (verb, _with_s(verb)))


@cache
def _ings() -> frozenset[str]:
    verbs = _words(_PLAIN) | _words(_DOUBLE)
    return frozenset(_with(verb, "ing") for verb in verbs) - _THINGS_IN_ING


@cache
def _things_in_wch() -> frozenset[str]:
    return frozenset(form for thing in _words(_NOT_ASKING) for form in _mutated(thing))


def _with_s(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "sh", "ch", "x", "z", "o")) else f"{verb}s"


def _with(verb: str, ending: str) -> str:
    """Return a verb with `ed` or `ing`, as it is spelled: bake, baking; plan, planned; tidy, tidied."""
    if verb.endswith("y") and verb[-2] not in _VOWELS and ending == "ed":
        return f"{verb[:-1]}ied"
    if verb.endswith("e") and (ending == "ed" or not verb.endswith(("ee", "ye", "oe"))):
        return verb[:-1] + ending
    return f"{verb}{verb[-1]}{ending}" if _is_short(verb) else verb + ending


def _is_short(verb: str) -> bool:
    """Say whether the last letter is doubled, as in planned: one short vowel between consonants."""
    return bool(re.fullmatch(r"[^aeiou]+[aeiou][bdgklmnprt]|.*(?:mit|gin|rol|vel)", verb))


def _mutated(verb: str) -> Iterator[str]:
    yield verb
    for was, becomes in _MUTATIONS:
        if verb.startswith(was) and not (was in ("p", "t", "c") and verb.startswith(f"{was}h")):
            changed = becomes + verb[len(was) :]
            if len(changed) > 2:
                yield changed
