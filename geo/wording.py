"""What people call the editions of an index, and the sources of a population."""

from flask_babel import gettext as _


def edition_name(edition: str) -> str:
    return {
        "iod2025": _("English Indices of Deprivation 2025"),
        "iod2019": _("English Indices of Deprivation 2019"),
    }.get(edition, edition)


def population_name(source: str) -> str:
    return {
        "census2021": _("Census 2021"),
        "mye2020": _("Population estimates for mid 2020"),
    }.get(source, source)
