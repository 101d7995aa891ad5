"""Maps as scripts: what may stand in them, and what never does."""

import json
import re

import pytest

from geo import maps
from geo.queries import outlines_of
from tests import factories
from tests.geo import official

HOSTILE = ("${alert(1)}", "`", "</script><script>alert(1)</script>", '"><img onerror=alert(1)>')
CENTRE = (-1.48, 53.8)


def outlines(*numbers: int) -> dict:
    features = official.area_features(*numbers)
    return {
        "type": "FeatureCollection",
        "features": [
            each | {"id": official.code(n)} for n, each in zip(numbers, features, strict=True)
        ],
    }


def plain_map(drawn, label="Map of 12 activities."):
    return maps.map_script(drawn, centre=CENTRE, zoom=12, label=label)


def choropleth(drawn, **given):
    given = {"classes": {}, "colours": ["#000000", "#ffffff"], "label": "Map."} | given
    return maps.choropleth_script(drawn, centre=CENTRE, zoom=12, **given)


def test_the_same_input_gives_the_same_script(db):
    assert plain_map(outlines(1, 2)) == plain_map(outlines(1, 2))
    assert choropleth(outlines(1, 2)) == choropleth(outlines(1, 2))


def test_the_script_names_the_map_its_page_waits_for_and_hands_it_over():
    script = plain_map(outlines(1))

    assert 'L.map(\n                "map_0"' in script
    assert "center: [53.8, -1.48]" in script
    assert script.rstrip().endswith('tirnod.attach(map_0, {"label": "Map of 12 activities."});')


@pytest.mark.parametrize("script", [plain_map(outlines(1)), choropleth(outlines(1))])
def test_no_other_host_is_asked_for_anything(script):
    assert not re.search(r"https?:|//cdn|jsdelivr|unpkg|jquery|user-scalable=no|innerHTML", script)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_in_the_data_never_enter(db, name):
    city = factories.city(name)
    factories.area(in_city=city, name=name, ward_code="E05900001", ward_name=name)
    drawn = outlines_of(db, city, tolerance_m=10)
    for feature in drawn["features"]:
        feature["properties"] |= {"name": name, name: 1}
        feature["geometry"]["name"] = name

    for script in (plain_map(drawn), choropleth(drawn, classes={"E05900001": 1})):
        assert name not in script.replace('"', "")
        assert json.dumps(name)[1:-1] not in script
        assert "alert" not in script


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_stays_data(label):
    script = plain_map(outlines(1), label=label)

    written = re.search(r"tirnod\.attach\(map_0, (.*)\);", script).group(1)
    assert json.loads(written) == {"label": label}
    assert not re.search("[<>&]", written)


def test_each_area_has_the_colour_of_its_class(db):
    script = choropleth(outlines(1, 2, 3), classes={official.code(1): 1, official.code(2): None})

    cases = re.search(r"switch\(feature\.id\) \{(.*?)\n            \}", script, re.DOTALL).group(1)
    assert f'case "{official.code(1)}":' in cases
    assert '"className": "area-class-1"' in cases
    assert '"className": "area-class-none"' in cases
    assert "area-class-0" not in cases


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"colours": ["red"]}, id="a word for a colour"),
        pytest.param({"colours": ["#000000;`"]}, id="more than a colour"),
        pytest.param({"classes": {official.code(1): 2}}, id="no such class"),
    ],
)
def test_what_is_not_a_colour_or_a_class_is_refused(given):
    with pytest.raises(ValueError, match="olour"):
        choropleth(outlines(1), **given)


def spoilt(**given):
    drawn = outlines(1)
    drawn["features"][0] |= given
    return drawn


@pytest.mark.parametrize(
    "drawn",
    [
        pytest.param(spoilt(id="${alert(1)}"), id="no code"),
        pytest.param(spoilt(id=None), id="none"),
        pytest.param(spoilt(geometry={"type": "Point", "coordinates": [0, 0]}), id="a point"),
        pytest.param(
            spoilt(geometry={"type": "Polygon", "coordinates": [[["`", 1]]]}), id="no number"
        ),
        pytest.param(
            spoilt(geometry={"type": "Polygon", "coordinates": [[[float("nan"), 1]]]}), id="NaN"
        ),
    ],
)
def test_what_is_not_a_code_or_a_number_is_refused(drawn):
    with pytest.raises(ValueError, match=r"code|numbers|Polygon"):
        plain_map(drawn)


def test_a_map_of_nothing_is_still_handed_over():
    assert "tirnod.attach(map_0" in plain_map(outlines())


def test_the_frame_holds_every_outline():
    (lon, lat), zoom = maps.frame(outlines(1, 2, 3))

    assert (lon, lat) == pytest.approx((-1.475, 53.805))
    degrees_shown = 640 / 256 * 360 / 2**zoom
    assert 0.03 <= degrees_shown < 0.2
    with pytest.raises(ValueError, match="nothing"):
        maps.frame(outlines())
