"""A test bench for eSIM remote provisioning: a software eUICC, a mock SM-DP+ and a full LPA in one process.

>>> from esimbench import Testbed
>>> testbed = Testbed()
>>> order = testbed.smdp.order()
>>> testbed.lpa.download(order.activation_code).iccid == order.iccid
True
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import (ApduError, CardError, CryptoError, DeadlineError, DecodeError, EsimError, HttpError, InputError,
                     ServerError, StorageError, TransportError)
from .values import (Delivery, Download, ErrorCode, Event, FaultReport, Notification, Profile, Progress, StatusWord,
                     TraceEvent)

if TYPE_CHECKING:
    from ._esimbench import (Case, CaseResult, Clock, Euicc, Faults, Finding, Lpa, Order, Smdp, Testbed, Tlv, Trace,
                             __version__, faults_catalogue, find_scenarios, load_scenario, run_case,
                             scenario_reference, scenario_schema)

__all__ = [
    "ApduError", "CardError", "Case", "CaseResult", "Clock", "CryptoError", "DeadlineError", "DecodeError", "Delivery",
    "Download", "ErrorCode", "EsimError", "Euicc", "Event", "FaultReport", "Faults", "Finding", "HttpError", "InputError",
    "Lpa", "Notification", "Order", "Profile", "ServerError", "Smdp", "StatusWord", "StorageError", "Testbed", "Tlv",
    "Trace", "TraceEvent", "TransportError", "__version__", "faults_catalogue", "find_scenarios", "load_scenario",
    "run_case", "scenario_reference", "scenario_schema",
]


def __getattr__(name: str) -> Any:
    # The native module is loaded when somebody asks for something out of it. pytest imports this package in every
    # project on the machine, and a native module that does not load must not end their tests.
    if name not in __all__:
        raise AttributeError(f"module 'esimbench' has no attribute {name!r}")
    from . import _esimbench
    return getattr(_esimbench, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
