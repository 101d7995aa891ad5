"""What looking at a badge can bring to light: one word for each, put into sentences by `wording`."""

from enum import StrEnum


class Finding(StrEnum):
    """One thing found out about a badge. The value is stable: tests and the API may show it."""

    # What speaks for a badge.
    SHAPE_SOUND = "shape-sound"
    RECORD_SOUND = "record-sound"
    ENDORSEMENT_SOUND = "endorsement-sound"
    SIGNATURE_HOLDS = "signature-holds"
    KEY_IS_THE_ISSUERS = "key-is-the-issuers"
    STATUS_GOOD = "status-good"
    STATUS_NOT_USED = "status-not-used"
    DATES_GOOD = "dates-good"
    TRUSTED_HERE = "trusted-here"
    MADE_HERE = "made-here"
    TRUSTED_LISTED = "trusted-listed"
    RECIPIENT_MATCHES = "recipient-matches"
    SAME_RECIPIENT = "same-recipient"
    INSIDE_GOOD = "inside-good"
    ENDORSEMENTS_GOOD = "endorsements-good"
    OLDER_SOUND = "older-sound"
    SHOWN_BY_ISSUER = "shown-by-issuer"
    ISSUER_SHOWS_IT = "issuer-shows-it"

    # What is told and weighs nothing: whoever asks has to judge.
    ISSUER_NOT_LISTED = "issuer-not-listed"
    ISSUER_NOT_ASSURED = "issuer-not-assured"
    RECIPIENT_UNNAMED = "recipient-unnamed"
    RECIPIENT_NOT_ASKED = "recipient-not-asked"
    ENDORSEMENT_OVER = "endorsement-over"

    # The file could not be read as a badge.
    NOT_A_BADGE_FILE = "not-a-badge-file"
    NOT_JSON = "not-json"
    SEVERAL_BADGES = "several-badges"
    ADDRESS_UNREACHABLE = "address-unreachable"
    NO_BADGE_INSIDE = "no-badge-inside"
    COMPRESSED_BADGE = "compressed-badge"
    DAMAGED_IMAGE = "damaged-image"
    UNSAFE_IMAGE = "unsafe-image"

    # A token, a badge signed as a whole, that holds what none may.
    TOKEN_UNREADABLE = "token-unreadable"
    TOKEN_ALGORITHM = "token-algorithm"
    TOKEN_HEADER = "token-header"
    TOKEN_DISAGREES = "token-disagrees"

    # The document is not one that everybody would read in the same way.
    TOO_LARGE = "too-large"
    TOO_DEEP = "too-deep"
    TOO_TANGLED = "too-tangled"
    REPEATED_KEY = "repeated-key"
    UNREADABLE_NUMBER = "unreadable-number"
    UNREADABLE_CHARACTER = "unreadable-character"
    EMPTY_VALUE = "empty-value"
    STRANGE_KEY = "strange-key"
    UNKNOWN_CONTEXT = "unknown-context"
    UNDEFINED_TERM = "undefined-term"
    UNCLEAR_ADDRESS = "unclear-address"
    DESCRIBED_TWICE = "described-twice"
    HIDDEN_FACT = "hidden-fact"
    UNSTABLE_ORDER = "unstable-order"
    NOT_LINKED_DATA = "not-linked-data"

    # The document is sound, but it is not an Open Badge 3.0.
    NOT_AN_OPEN_BADGE = "not-an-open-badge"
    PART_MISSING = "part-missing"

    # What speaks against its signature.
    NO_PROOF = "no-proof"
    UNKNOWN_PROOF = "unknown-proof"
    SIGNATURE_BROKEN = "signature-broken"

    # What speaks against its issuer, its standing or its dates.
    ISSUER_IS_ANOTHER = "issuer-is-another"
    KEY_NOT_LISTED = "key-not-listed"
    KEY_UNREADABLE = "key-unreadable"
    KEY_WITHDRAWN = "key-withdrawn"
    REVOKED = "revoked"
    STATUS_UNCLEAR = "status-unclear"
    NOT_YET_VALID = "not-yet-valid"
    EXPIRED = "expired"
    DATES_UNCLEAR = "dates-unclear"

    # What speaks against the one it is said to be for, or against those who speak for it.
    RECIPIENT_DIFFERS = "recipient-differs"
    OTHER_RECIPIENT = "other-recipient"
    INSIDE_BAD = "inside-bad"
    INSIDE_TWICE = "inside-twice"
    ENDORSEMENT_BAD = "endorsement-bad"
    ENDORSES_ANOTHER = "endorses-another"
    ISSUER_SHOWS_ANOTHER = "issuer-shows-another"

    # What could not be found out.
    TOO_MUCH_WORK = "too-much-work"
    ISSUER_NAMELESS = "issuer-nameless"
    RECIPIENT_NOT_TO_COMPARE = "recipient-not-to-compare"
    RECIPIENT_UNCLEAR = "recipient-unclear"
    INSIDE_UNCHECKED = "inside-unchecked"
    ENDORSEMENT_UNCHECKED = "endorsement-unchecked"
    ISSUER_UNREACHABLE = "issuer-unreachable"
    STATUS_UNREACHABLE = "status-unreachable"
    STATUS_OUT_OF_DATE = "status-out-of-date"
    STATUS_KIND_UNKNOWN = "status-kind-unknown"
    STATUS_LIST_FORGED = "status-list-forged"
    INNER_CREDENTIALS = "inner-credentials"
    NOT_LOOKED_AT = "not-looked-at"


class UnsoundDocument(ValueError):
    """A document was refused before, or while, its meaning was worked out.

    `finding` is the reason; the message names the offending part for a developer's log.
    """

    def __init__(self, finding: Finding, detail: str = "") -> None:
        super().__init__(f"{finding}: {detail}" if detail else str(finding))
        self.finding = finding
