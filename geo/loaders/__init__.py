"""Official files, as published, into rows: each of them whole, or not at all."""

from geo.loaders.areas import load_areas, load_wards
from geo.loaders.custom import load_index
from geo.loaders.deprivation import load_deprivation
from geo.loaders.england import load_england
from geo.loaders.files import Progress, WrongFile
from geo.loaders.merging import Loaded
from geo.loaders.population import load_population
from geo.loaders.postcodes import load_postcodes
from geo.loaders.terms import load_terms

__all__ = [
    "Loaded",
    "Progress",
    "WrongFile",
    "load_areas",
    "load_deprivation",
    "load_england",
    "load_index",
    "load_population",
    "load_postcodes",
    "load_terms",
    "load_wards",
]
