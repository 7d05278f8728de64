"""Values that tests compare and print."""
from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import EsimError

__all__ = [
    "Delivery", "Download", "ErrorCode", "FaultReport", "Notification", "Profile", "StatusWord", "TraceEvent",
]


class StatusWord(int):
    """SW1 SW2. Compares with numbers; out of a number, four hexadecimal digits, or a response that ends with it.

    >>> StatusWord(0x6A88)
    StatusWord(0x6A88: referenced data not found)
    >>> StatusWord("6A88") == 0x6A88
    True
    """

    def __new__(cls, value: int | str | bytes) -> StatusWord:
        if isinstance(value, bytes):
            value = int.from_bytes(value[-2:], "big") if len(value) >= 2 else -1
        elif isinstance(value, str):
            value = int(value, 16)
        if not 0 <= value <= 0xFFFF:
            raise ValueError("a status word has two octets")
        return super().__new__(cls, value)

    @property
    def meaning(self) -> str:
        """What ISO 7816-4 says it means."""
        from . import _esimbench
        return _esimbench.status_word_meaning(int(self))

    @property
    def success(self) -> bool:
        """9000, or 91xx: done, and a proactive command waits."""
        return self == 0x9000 or self >> 8 == 0x91

    def __str__(self) -> str:
        return f"{int(self):04X}"

    def __repr__(self) -> str:
        return f"StatusWord(0x{self}: {self.meaning})"


class ErrorCode(str):
    """A protocol's own code. Compares with texts.

    >>> ErrorCode("8.2.6/3.8").meaning
    'the MatchingID was refused'
    """

    @property
    def meaning(self) -> str:
        """What it means: in words, or its enumeration and number; empty where nothing is known."""
        from . import _esimbench
        return _esimbench.code_meaning(str(self))

    def __repr__(self) -> str:
        return f"ErrorCode({str(self)!r}: {self.meaning})" if self.meaning else f"ErrorCode({str(self)!r})"


@dataclass(eq=False)
class Profile:
    """A profile on a card. Two are equal if what both of them say is equal, so that a test may say only what matters:

    >>> Profile(iccid="8988", state="enabled", name="A") == Profile(iccid="8988", state="enabled")
    True
    """

    iccid: str | None = None
    state: str | None = None  # "disabled", "enabled"
    nickname: str | None = None  # empty where it has none
    name: str | None = None
    provider: str | None = None
    profile_class: str | None = None  # "operational", "test", "provisioning"
    isdp_aid: str | None = None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Profile):
            return NotImplemented
        return all(mine is None or theirs is None or mine == theirs
                   for mine, theirs in ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self)))

    # Equality that leaves members out fits no hash.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        said = ((f.name, getattr(self, f.name)) for f in fields(self))
        return "Profile(" + ", ".join(f"{name}={value!r}" for name, value in said if value not in (None, "")) + ")"


@dataclass(frozen=True)
class Download:
    """What a finished download left behind; the profile is disabled."""

    iccid: str
    isdp_aid: str
    metadata: dict[str, Any]  # StoreMetadataRequest
    notification: int  # sequence number of the ProfileInstallationResult


@dataclass(frozen=True)
class Progress:
    """A step of a download; `done` of `total` octets are on the card, both 0 in a step without a measure."""

    step: str
    done: int = 0
    total: int = 0

    def __str__(self) -> str:
        return f"{self.step}, {self.done} of {self.total} octets" if self.total else self.step


@dataclass(frozen=True)
class Event:
    """What waits for a card at an SM-DS: the order at a server, under an EventID."""

    id: str
    server: str


@dataclass(frozen=True)
class Notification:
    """A notification that waits on a card."""

    sequence_number: int
    event: str  # "install", "enable", "disable", "delete"
    address: str
    iccid: str | None = None


@dataclass(frozen=True)
class Delivery:
    """One notification that a server acknowledged, or why it could not be delivered."""

    notification: Notification
    error: EsimError | None = None

    @property
    def delivered(self) -> bool:
        """Whether the server acknowledged it."""
        return self.error is None


@dataclass(frozen=True)
class FaultReport:
    """How a fault fared."""

    id: str
    where: str  # "apdu ins E2 tag BF38"
    action: str
    seen: int  # how many places matched
    used: int  # at how many of them it struck
    complaint: str  # why this is not as planned; empty where it is


@dataclass(frozen=True)
class TraceEvent:
    """Something that happened."""

    at: float  # seconds since the testbed was made
    kind: str  # "apdu", "at", "es10", "es8", "http", "tls", "keys", "commit", "power", "step", "fault"
    sender: str  # "LPA", "eUICC", "SM-DP+", "test"
    receiver: str
    name: str
    detail: str
    bytes: bytes
    line: str = field(repr=False, compare=False, default="")  # all of it on one line

    def __str__(self) -> str:
        return self.line
