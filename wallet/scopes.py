"""What a program may be allowed to do, by the names that Open Badges 3.0 gives it."""

from enum import StrEnum

_OPEN_BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"


class Scope(StrEnum):
    """One thing that a program may do once a learner says yes."""

    READ_BADGES = _OPEN_BADGES + "credential.readonly"
    ADD_BADGES = _OPEN_BADGES + "credential.upsert"
    READ_PROFILE = _OPEN_BADGES + "profile.readonly"
    CHANGE_PROFILE = _OPEN_BADGES + "profile.update"
    #: May go on while nobody is there, until it is stopped.
    OFFLINE = "offline_access"


#: In English, for those who build programs.
FOR_PROGRAMMERS = {
    Scope.READ_BADGES: "Read the learner's badges, those given here and those brought along.",
    Scope.ADD_BADGES: "Add badges from elsewhere, or replace them by newer ones.",
    Scope.READ_PROFILE: "Read the random id that stands for the learner in badges; nothing else.",
    Scope.CHANGE_PROFILE: "Send a profile. Nothing of a learner can be changed in this way.",
    Scope.OFFLINE: "Get refresh tokens.",
}
