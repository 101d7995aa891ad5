"""Light, and usable without a network: what the server says of it."""

import gzip
import json
import re

import pytest

from app.pages import INK, PAPER, SHELL_FILES
from app.web import BUILT
from tests import factories
from tests.databases import ROOT

WORKER = (ROOT / "app/scripts/sw.js").read_text()
#: What the service worker is made to weigh at most, as it travels.
WORKER_BYTES = 1_500

is_built = pytest.mark.skipif(
    not (BUILT / "manifest.json").exists(), reason="The scripts are not built: run script/build."
)


@is_built
def test_the_worker_is_small_and_asked_for_each_time(client):
    answer = client.get("/sw.js")

    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.cache_control.no_cache
    assert len(gzip.compress(answer.data)) <= WORKER_BYTES
    again = client.get("/sw.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@is_built
def test_the_worker_knows_the_shell_by_the_names_it_is_published_under(client):
    first_line, _end, _script = client.get("/sw.js").text.partition(";\n")
    shell = json.loads(first_line.removeprefix("const SHELL = "))

    published = json.loads((BUILT / "manifest.json").read_text())
    assert shell["files"] == [f"/static/dist/{published[name]}" for name in SHELL_FILES]
    assert shell["pages"] == ["/offline", "/cy/offline"]
    assert re.fullmatch("shell-[0-9a-f]{12}", shell["mark"])
    assert [client.get(page).status_code for page in shell["pages"]] == [200, 200]


@is_built
def test_the_worker_is_the_same_for_a_learner_and_renews_no_cookie(client, sign_in):
    for_anyone = client.get("/sw.js").data
    answer = sign_in(factories.learner()).get("/sw.js")

    assert answer.data == for_anyone
    assert "no-store" not in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


def test_of_all_addresses_the_worker_keeps_a_learners_bookings_and_pass_alone(app):
    own = _pattern("OWN")
    kept = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        for prefix in ("", "/cy")
        if own.search(prefix + _filled(rule))
    }

    assert kept == {
        "accounts.show_pass",
        "participation.my_bookings",
        "participation.show_booking",
    }


def test_the_worker_forgets_whenever_a_form_may_change_who_is_signed_in(app):
    who = _pattern("WHO")
    forms = {
        prefix + _filled(rule)
        for rule in app.url_map.iter_rules()
        for prefix in ("", "/cy")
        if "POST" in rule.methods and rule.endpoint.startswith("accounts.")
    }

    assert "/sign-out" in forms
    assert [address for address in sorted(forms) if not who.search(address)] == []
    assert not who.search("/near")


def test_only_a_learner_is_given_the_worker(client, sign_in):
    assert "data-worker" not in client.get("/").text
    assert 'data-worker="/sw.js"' in sign_in(factories.learner()).get("/cy/me").text
    assert "data-worker" not in sign_in(factories.officer()).get("/account").text


@pytest.mark.parametrize(("prefix", "language"), [("", "en"), ("/cy", "cy")])
def test_the_manifest_opens_the_site_in_the_readers_language(client, prefix, language):
    page = client.get(f"{prefix}/")
    assert f'<link rel="manifest" href="{prefix}/manifest.webmanifest">' in page.text
    assert f'<meta name="theme-color" content="{INK}">' in page.text

    answer = client.get(f"{prefix}/manifest.webmanifest")
    manifest = json.loads(answer.data)

    assert answer.mimetype == "application/manifest+json"
    assert (manifest["name"], manifest["short_name"], manifest["lang"]) == (
        "Tirnod",
        "Tirnod",
        language,
    )
    assert (manifest["id"], manifest["start_url"]) == ("/", f"{prefix}/")
    assert (manifest["display"], manifest["scope"]) == ("standalone", "/")
    assert (manifest["theme_color"], manifest["background_color"]) == (INK, PAPER)
    (icon,) = manifest["icons"]
    assert (icon["sizes"], icon["type"]) == ("any", "image/svg+xml")
    with client.get(icon["src"]) as picture:
        assert picture.mimetype == "image/svg+xml"


@pytest.mark.parametrize("prefix", ["", "/cy"])
def test_the_page_without_a_network_leads_to_what_is_kept_and_asks_nobody_to_sign_in(
    client, prefix
):
    page = client.get(f"{prefix}/offline").text

    assert f'href="{prefix}/me/bookings"' in page
    assert f'href="{prefix}/me/pass"' in page
    assert "/sign-in" not in page


def test_whoever_saves_data_is_sent_no_typeface_and_no_map_that_opens_by_itself(client, db):
    host = factories.provider(in_city=factories.city())
    factories.scheduled_session(opportunity=factories.opportunity(provider=host))
    db.commit()
    plain = client.get("/")
    saving = client.get("/", headers={"Save-Data": "on"})

    assert "Save-Data" in plain.headers["Vary"]
    assert "Save-Data" in saving.headers["Vary"]
    assert ("data-fonts" in plain.text, "data-waits" in plain.text) == (True, False)
    assert ("data-fonts" in saving.text, "data-waits" in saving.text) == (False, True)
    assert "data-fonts" in client.get("/", headers={"Save-Data": "off"}).text


def test_a_learner_who_saves_data_is_given_no_worker(client, sign_in):
    page = sign_in(factories.learner()).get("/me", headers={"Save-Data": "on"})

    assert "data-worker" not in page.text


def test_what_is_no_page_does_not_depend_on_saving_data(client):
    assert "Save-Data" not in client.get("/livez").headers.get("Vary", "")


def _pattern(name: str) -> re.Pattern[str]:
    """Return one of the service worker's own expressions."""
    found = re.search(rf"^const {name} = /(.*)/;$", WORKER, re.MULTILINE)
    assert found, f"sw.js has no {name}"
    return re.compile(found[1])


def _filled(rule) -> str:
    """Return an address of a rule, with something in each of its open parts."""
    with_uuids = re.sub("<uuid:[^>]+>", "0557a928-e750-4853-a895-195b9e4460f9", rule.rule)
    return re.sub("<[^>]+>", "x", with_uuids)
