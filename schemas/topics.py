"""THE MAP: which message travels on which topic, keyed how, written and read by whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from schemas.contracts import ContractDeclared, ContractWithdrawn
from schemas.countings import DeclarationCounted
from schemas.declarations import (
    DeclarationCorrected,
    DeclarationReceived,
    DeclarationWithdrawn,
    NothingToDeclare,
    QuestionAnswered,
    QuestionAsked,
    SourceChanged,
)
from schemas.deliveries import MessageAbandoned, MessageBounced, MessageSent
from schemas.directory import ApiKeyRecorded, MandateRecorded, OrganisationRecorded, PersonRecorded, SessionRevoked, SigningKeyRecorded
from schemas.hours import HoursCorrected, HoursDeclared, HoursRetracted, LineReplayed, ReplayEnded, ReplayStarted
from schemas.indicators import EditionAbandoned, EditionPublished, EditionReviewOpened, FiguresMoved, SilenceNoticed
from schemas.meetings import (
    ActionDue,
    AttendanceRecorded,
    DiagnosticProgressed,
    DiagnosticRequested,
    DiagnosticReviewed,
    DiagnosticSubmitted,
    MeetingCancelled,
    MeetingMoved,
    MeetingPlanned,
    OutcomesAsked,
    PollAnswered,
    PollClosed,
    PollOpened,
    PollReminded,
    RegistrationCancelled,
    RegistrationConfirmed,
    RegistrationPromoted,
    RegistrationWaitlisted,
)
from schemas.message import Message

COMPACTED: Final = None
"""Retention of a topic that keeps the last message of every key."""


@dataclass(frozen=True)
class Topic:
    """One topic. `retention` is None for a compacted topic; `dead_letters()` names the topic of what a reader could not take."""

    name: str
    key: str
    carries: tuple[type[Message], ...]
    published_by: str
    read_by: tuple[str, ...]
    partitions: int
    retention: timedelta | None

    @property
    def compacted(self) -> bool:
        return self.retention is COMPACTED

    @property
    def namespace(self) -> str:
        """Every `ce_type` of this topic starts with it."""
        return f"fr.macs.{self.name}."

    def type_name(self, message: type[Message]) -> str:
        return f"{self.namespace}{message.__name__}.v1"

    def dead_letters(self, reader: str) -> str:
        return f"{self.name}.{reader}.dead"


def _days(days: int) -> timedelta:
    return timedelta(days=days)


DIRECTORY: Final = Topic(
    "directory",
    "entity id",
    (OrganisationRecorded, PersonRecorded, MandateRecorded, ApiKeyRecorded, SigningKeyRecorded, SessionRevoked),
    "directory",
    ("ingest", "indicators", "events", "notify"),
    3,
    COMPACTED,
)
CONTRACTS: Final = Topic(
    "contracts", "contract uid", (ContractDeclared, ContractWithdrawn), "ingest", ("indicators", "events"), 6, COMPACTED
)
HOURS: Final = Topic("hours", "contract uid", (HoursDeclared, HoursCorrected, HoursRetracted), "ingest", ("indicators",), 6, _days(30))
HOURS_REPLAY: Final = Topic(
    "hours-replay", "contract uid", (ReplayStarted, LineReplayed, ReplayEnded), "ingest", ("indicators",), 6, _days(7)
)
DECLARATIONS: Final = Topic(
    "declarations",
    "declaration id",
    (DeclarationReceived, DeclarationCorrected, DeclarationWithdrawn, NothingToDeclare, QuestionAsked, QuestionAnswered, SourceChanged),
    "ingest",
    ("indicators", "notify"),
    6,
    _days(365),
)
COUNTINGS: Final = Topic("countings", "declaration id", (DeclarationCounted,), "indicators", ("ingest", "notify"), 6, _days(365))
INDICATORS: Final = Topic(
    "indicators",
    "department",
    (FiguresMoved, EditionPublished, EditionReviewOpened, EditionAbandoned, SilenceNoticed),
    "indicators",
    ("events", "notify"),
    3,
    _days(365),
)
MEETINGS: Final = Topic(
    "meetings",
    "meeting id",
    (
        MeetingPlanned,
        MeetingMoved,
        MeetingCancelled,
        RegistrationConfirmed,
        RegistrationWaitlisted,
        RegistrationPromoted,
        RegistrationCancelled,
        AttendanceRecorded,
        OutcomesAsked,
        PollOpened,
        PollAnswered,
        PollReminded,
        PollClosed,
        DiagnosticRequested,
        DiagnosticProgressed,
        DiagnosticSubmitted,
        DiagnosticReviewed,
        ActionDue,
    ),
    "events",
    ("notify", "indicators"),
    3,
    _days(30),
)
DELIVERIES: Final = Topic(
    "deliveries",
    "recipient id",
    (MessageSent, MessageBounced, MessageAbandoned),
    "notify",
    ("ingest", "directory", "events"),
    3,
    _days(90),
)

ALL: Final = (DIRECTORY, CONTRACTS, HOURS, HOURS_REPLAY, DECLARATIONS, COUNTINGS, INDICATORS, MEETINGS, DELIVERIES)
BY_NAME: Final = {topic.name: topic for topic in ALL}
_TOPIC_OF: Final = {message: topic for topic in ALL for message in topic.carries}
_MESSAGE_OF: Final = {topic.type_name(message): message for topic in ALL for message in topic.carries}

DEAD_LETTER_RETENTION: Final = _days(30)


def of(message: type[Message]) -> Topic:
    """The one topic that carries this type. Raises KeyError for a type that no topic carries."""
    return _TOPIC_OF[message]


def type_name(message: type[Message]) -> str:
    """`fr.macs.<topic>.<Type>.v1`, the CloudEvents type."""
    return of(message).type_name(message)


def message_type(ce_type: str) -> type[Message] | None:
    """The message class of a CloudEvents type; None when it is not known here."""
    return _MESSAGE_OF.get(ce_type)
