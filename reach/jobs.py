"""Background work: whoever asked is told that numbers were released."""

from app import clock
from app.db import unit_of_work
from app.jobs import job
from geo.models import City
from reach.reading import report_of_id
from reach.subscriptions import tell_readers


@job
def send_report(release_id: int) -> None:
    """Tell whoever asked for it what a release says. Done twice, it tells nobody twice."""
    found = report_of_id(release_id)
    if found is None:
        return
    city_id, reach = found
    with unit_of_work() as db:
        tell_readers(db, city=db.get_one(City, city_id), reach=reach, now=clock.now())
