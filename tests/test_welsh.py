"""Every page has a Welsh twin: whole, at the same path, with Welsh plurals and no English left."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from inspect import isfunction
from io import BytesIO

import pytest
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain, LazyString, get_locale, ngettext
from marshmallow import Schema, fields

from app.forms import FormSchema
from app.web import london_date, london_time
from opportunities.schemas import SearchQuery
from tests import factories
from tests.databases import ROOT

CATALOGUE = ROOT / "app" / "translations" / "cy" / "LC_MESSAGES" / "messages.po"
#: As `script/words` collects them.
KEYWORDS = DEFAULT_KEYWORDS | parse_keywords(["_l", "lazy_ngettext:1,2"])
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
IN_WELSH = {"tirnod.language": "cy"}
PUBLIC = (
    "/",
    "/start",
    "/sign-in",
    "/verify",
    "/how-it-works",
    "/help",
    "/safety",
    "/privacy",
    "/privacy/short",
    "/accessibility",
    "/about-the-numbers",
    "/provide/join",
)
#: The messages of marshmallow that what a browser sends can bring about, by kind of field.
REACHABLE = {
    fields.Integer: {"invalid"},
    fields.Boolean: {"invalid"},
    fields.UUID: {"invalid_uuid"},
    fields.Enum: {"unknown"},
}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="cy")


@pytest.fixture(scope="module")
def welsh(catalogue) -> Translations:
    """The catalogue as the running application reads it, made from the sentences in the tree."""
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    return Translations(BytesIO(compiled.getvalue()))


@pytest.fixture
def speaks(welsh, monkeypatch):
    """Let the application speak today's catalogue, whether or not the build has compiled it."""
    monkeypatch.setattr(
        Domain,
        "get_translations",
        lambda _domain: welsh if get_locale() == Locale("cy") else NullTranslations(),
    )


def test_all_that_the_code_says_is_in_the_catalogue(catalogue):
    known = {message.id for message in catalogue if message.id}

    assert set(_said_by_the_code()) - known == set()


def test_all_that_is_in_the_catalogue_is_said_in_welsh(catalogue):
    unsaid = [message.id for message in catalogue if message.id and not all(_forms(message))]

    assert unsaid == []
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_welsh_has_its_six_forms(catalogue):
    assert catalogue.num_plurals == 6
    assert {len(m.string) for m in catalogue if m.pluralizable} == {6}


def test_placeholders_are_those_of_the_english(catalogue):
    wrong = []
    for message in (each for each in catalogue if each.id):
        asked = [set(PLACEHOLDER.findall(each)) for each in _english(message)]
        for number, form in enumerate(_forms(message)):
            held = set(PLACEHOLDER.findall(form))
            # "The gap is wider" says no number; nor need the Welsh for nought or one.
            allowed = (asked[-1], asked[0], set()) if number < 2 and len(asked) > 1 else asked[-1:]
            if held not in allowed:
                wrong.append((message.id, form))

    assert wrong == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 bathodyn"),
        (1, "1 bathodyn"),
        (2, "2 fathodyn"),
        (3, "3 bathodyn"),
        (6, "6 bathodyn"),
        (7, "7 bathodyn"),
    ],
)
def test_a_number_changes_the_word_after_it(app, speaks, number, words):
    with app.test_request_context("/", environ_overrides=IN_WELSH):
        assert ngettext("%(num)d badge", "%(num)d badges", number) == words


def test_each_of_the_six_forms_is_chosen(app, speaks):
    with app.test_request_context("/", environ_overrides=IN_WELSH):
        said = [ngettext("%(num)d thing", "%(num)d things", n) for n in (0, 1, 2, 3, 6, 7)]

    assert said == ["0 peth", "1 peth", "2 beth", "3 pheth", "6 pheth", "7 peth"]


def test_days_and_times_are_welsh(app):
    moment = datetime(2026, 11, 28, 15, 5, tzinfo=UTC)

    with app.test_request_context("/", environ_overrides=IN_WELSH):
        assert london_date(moment, "EEEE d MMMM yyyy") == "Dydd Sadwrn 28 Tachwedd 2026"
        assert london_time(moment) == "15:05"


def test_a_card_tells_day_and_time_in_welsh(client, db, speaks):
    where = factories.city()
    sitting = factories.scheduled_session(
        opportunity=factories.opportunity(provider=factories.provider(in_city=where)),
        starts_at=datetime(2026, 6, 6, 13, tzinfo=UTC),
    )
    slug = sitting.opportunity.slug
    db.commit()
    db.expunge_all()

    page = _read(client.get(f"/cy/a/{slug}"))

    assert "Dydd Sadwrn 6 Mehefin" in page.texts
    assert any("14:00" in text for text in page.texts)
    assert not re.search(r"\d[ap]m\b", " ".join(page.texts))


@pytest.mark.parametrize("path", PUBLIC)
def test_the_welsh_twin_is_welsh(client, speaks, catalogue, welsh, path):
    english, page = (_read(client.get(prefix + path)) for prefix in ("", "/cy"))

    assert (english.language, page.language) == ("en", "cy")
    assert page.title == _in_welsh(english.title, welsh)
    assert (page.switches, english.switches) == ([path], ["/cy" + path])
    assert [link for link in page.links if link.startswith("/") and not _is_welsh(link)] == []
    assert page.parts == english.parts
    assert _english_left(page, catalogue) == []


@pytest.mark.parametrize("path", ["/provide/join", "/sign-in", "/start", "/near"])
def test_a_form_is_refused_in_welsh(client, speaks, catalogue, path):
    answer = client.post(f"/cy{path}")

    page = _read(answer)
    assert answer.status_code == 422
    assert page.language == "cy"
    assert _english_left(page, catalogue) == []


def test_no_form_speaks_in_the_words_of_the_library():
    strange = [
        f"{schema.__name__}.{name}: {key}"
        for schema in _form_schemas()
        for name, field in schema._declared_fields.items()
        for key, words in _what_it_can_say(field)
        if not isinstance(words, LazyString)
    ]

    assert strange == []


def _said_by_the_code() -> Iterator[str | tuple[str, ...]]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    for _path, _line, words, _comments, _context in extract_from_dir(
        ROOT, methods, options, KEYWORDS, directory_filter=_is_ours
    ):
        yield words


def _is_ours(folder) -> bool:
    name = str(folder).rsplit("/", 1)[-1]
    return not name.startswith((".", "_")) and name not in ("node_modules", "tests", "dist")


def _english(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def _forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if message.pluralizable else (message.string,)


class _Page(HTMLParser):
    """What a reader, and a reader's software, gets from a page."""

    def __init__(self) -> None:
        super().__init__()
        self.language, self.title = "", ""
        self.texts: list[str] = []
        self.links: list[str] = []
        self.switches: list[str] = []
        self.parts: list[tuple[str, str]] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = {name: value or "" for name, value in attrs}
        self._inside.append(tag)
        self.texts += [given[name] for name in ("aria-label", "alt", "title") if name in given]
        if tag == "html":
            self.language = given["lang"]
        elif tag == "a" and given.get("rel") == "alternate":
            self.switches.append(given["href"])
        elif tag in ("a", "form"):
            self.links.append(given.get("href", given.get("action", "")))
        if tag in ("h1", "h2", "form", "label", "input", "select", "button", "li"):
            self.parts.append((tag, given.get("name", "")))

    def handle_data(self, data):
        words = " ".join(data.split())
        if not words or self._inside[-1] in ("script", "style"):
            return
        if self._inside[-1] == "title":
            self.title += words
        self.texts.append(words)


def _read(answer) -> _Page:
    page = _Page()
    page.feed(answer.text)
    return page


def _in_welsh(title: str, welsh: Translations) -> str:
    name, ours = title.rsplit(" \N{EN DASH} ", 1)
    assert welsh.gettext(name) != name
    return f"{welsh.gettext(name)} \N{EN DASH} {ours}"


def _is_welsh(link: str) -> bool:
    return link == "/cy" or link.startswith("/cy/")


def _english_left(page: _Page, catalogue: Catalog) -> list[str]:
    """Return the texts of a page that are English sentences of ours."""
    only_english = {
        english
        for message in catalogue
        if message.id
        for english in _english(message)
        if english not in _forms(message)
    }
    return sorted(only_english & set(page.texts))


def _form_schemas() -> Iterable[type[Schema]]:
    return [SearchQuery, *_below(FormSchema)]


def _below(schema: type[Schema]) -> Iterator[type[Schema]]:
    for child in schema.__subclasses__():
        yield child
        yield from _below(child)


def _what_it_can_say(field: fields.Field) -> Iterator[tuple[str, object]]:
    """Yield each message that what a browser sends can bring about."""
    if isinstance(field, fields.List):
        yield from _what_it_can_say(field.inner)
    reachable = {key for kind, keys in REACHABLE.items() if isinstance(field, kind) for key in keys}
    for key in reachable | ({"required"} if field.required else set()):
        yield key, field.error_messages[key]
    # A function of ours says its own sentence when it refuses; the code's sentences are held above.
    for rule in field.validators:
        if not isfunction(rule):
            yield type(rule).__name__, rule.error
