"""Taking a city of the demo away again, row by row in an order that no foreign key refuses."""

from flask_babel import gettext as _
from sqlalchemy import Select, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from accounts.models import Role, User
from app.errors import Conflict
from awards.models import AwardRequest, AwardRule, ClaimCode
from badges.models import Achievement, AchievementCredential
from demo.money import FUND
from demo.story import WORDS_WISHED
from geo.models import Area, City, Place
from opportunities.models import Fund, Opportunity, ScheduledSession, Wish
from participation.models import Booking
from pathways.models import Pathway, PathwayStart
from providers.models import Provider, ProviderMember


def refuse_where_others_are(db: Session, city: City) -> None:
    """Leave a real place alone once anybody but the demo's own people is there.

    :raises Conflict: a provider or a learner of the city is not the demo's.
    """
    # Two learners with the same hash are the demo's: anyone else's is salted by itself.
    shared = select(User.pin_hash).group_by(User.pin_hash).having(func.count() > 1)
    own_learners = _learners_of(city).where(User.pin_hash.in_(shared))
    strangers = _learners_of(city).where(User.id.not_in(own_learners))
    others = _providers_of(city).where(Provider.id.not_in(_own_providers(city)))
    if db.scalar(strangers.limit(1)) or db.scalar(others.limit(1)):
        raise Conflict(_("Others use this city too, so the demo leaves it as it is."))


def remove_everything(db: Session, city: City) -> None:
    """Delete a city's learners, providers, places and all that came of them.

    Of wishes, those that say what the demo's say.
    """
    providers, learners = _providers_of(city), _learners_of(city)
    opportunities = select(Opportunity.id).where(Opportunity.provider_id.in_(providers))
    badges = select(Achievement.id).where(Achievement.issuer_id.in_(providers))
    pathways = select(Pathway.id).where(Pathway.provider_id.in_(providers))
    sessions = select(ScheduledSession.id).where(ScheduledSession.opportunity_id.in_(opportunities))
    members = list(
        db.scalars(select(ProviderMember.user_id).where(ProviderMember.provider_id.in_(providers)))
    )
    for model, which in (
        # A wish says nothing of who made it, and visitors may have wished too: theirs stay.
        (Wish, and_(Wish.city_id == city.id, Wish.words.in_(WORDS_WISHED))),
        (
            Booking,
            or_(Booking.scheduled_session_id.in_(sessions), Booking.learner_id.in_(learners)),
        ),
        (
            PathwayStart,
            or_(PathwayStart.pathway_id.in_(pathways), PathwayStart.learner_id.in_(learners)),
        ),
        (Pathway, Pathway.provider_id.in_(providers)),
        (Fund, and_(Fund.city_id == city.id, Fund.name == FUND)),
        (AwardRequest, AwardRequest.achievement_id.in_(badges)),
        (AwardRule, AwardRule.achievement_id.in_(badges)),
        (ClaimCode, ClaimCode.achievement_id.in_(badges)),
        (AchievementCredential, AchievementCredential.issuer_id.in_(providers)),
        (User, User.id.in_(learners)),
        (ScheduledSession, ScheduledSession.opportunity_id.in_(opportunities)),
        (Opportunity, Opportunity.provider_id.in_(providers)),
        (Achievement, Achievement.issuer_id.in_(providers)),
        (Provider, Provider.city_id == city.id),
        (User, or_(User.id.in_(members), User.city_id == city.id, _has_address_in(city))),
        (Place, _is_unused_place_in(city)),
    ):
        db.execute(delete(model).where(which).execution_options(synchronize_session=False))
    db.expire_all()


def _learners_of(city: City) -> Select:
    return select(User.id).where(
        User.role == Role.LEARNER, User.home_lsoa_code.in_(_areas_of(city))
    )


def _providers_of(city: City) -> Select:
    return select(Provider.id).where(Provider.city_id == city.id)


def _own_providers(city: City) -> Select:
    """Return the providers that the demo's invented people speak for."""
    return select(ProviderMember.provider_id).join(ProviderMember.user).where(_has_address_in(city))


def _has_address_in(city: City):
    domain = f"{city.slug}.example.org"
    return or_(User.email.like(f"%@{domain}"), User.email.like(f"%.{domain}"))


def _is_unused_place_in(city: City):
    in_use = exists().where(Opportunity.place_id == Place.id)
    return Place.lsoa_code.in_(_areas_of(city)) & ~in_use


def _areas_of(city: City) -> Select:
    codes = [district.district_code for district in city.districts]
    return select(Area.lsoa_code).where(Area.district_code.in_(codes))
