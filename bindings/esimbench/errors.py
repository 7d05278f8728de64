"""What goes wrong, as exceptions: one class for each layer at which it can."""
from __future__ import annotations

from .values import ErrorCode, StatusWord

__all__ = [
    "ApduError", "CardError", "CryptoError", "DeadlineError", "DecodeError", "EsimError", "HttpError", "InputError",
    "ServerError", "StorageError", "TransportError",
]


class EsimError(Exception):
    """A failure, with enough to find its place and its remedy. str() shows all of it.

    layer: who is at fault: "input", "transport", "apdu", "card", "decode", "crypto", "http", "server", "timeout" or
           "storage"
    step:  what was being done: "ES9+.AuthenticateClient"
    code:  the protocol's own code: "8.2.6/3.8", "6A82", "invalidSignature"; its `meaning` says what it means
    path:  the field or file at fault
    text:  what is wrong, as a sentence
    hint:  what to try
    """

    layer: str = ""

    def __init__(self, text: str, *, step: str = "", code: str = "", path: str = "", hint: str = "",
                 message: str = "") -> None:
        super().__init__(message or text)
        self.text = text
        self.step = step
        self.code = ErrorCode(code)
        self.path = path
        self.hint = hint

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        return _remake, (type(self), self.text, self.step, str(self.code), self.path, self.hint, str(self))


class InputError(EsimError, ValueError):
    """What the caller gave cannot be: an option, a file, an activation code. Also what the end user refused."""

    layer = "input"


class TransportError(EsimError):
    """Octets did not arrive: a socket, a card without power."""

    layer = "transport"


class ApduError(EsimError):
    """A status word that is not success."""

    layer = "apdu"

    @property
    def sw(self) -> StatusWord:
        """The status word."""
        return StatusWord(str(self.code))


class CardError(EsimError):
    """The eUICC answered with an error code of its own: "scp03tSecurityError", "profileNotInDisabledState"."""

    layer = "card"


class DecodeError(EsimError):
    """TLV, JSON or text that does not follow its definition."""

    layer = "decode"


class CryptoError(EsimError):
    """A key, a signature or a certificate that is not good."""

    layer = "crypto"


class HttpError(EsimError):
    """An HTTP status or header."""

    layer = "http"


class ServerError(EsimError):
    """The SM-DP+ reports failure (functionExecutionStatus), or broke a rule that the LPA checks."""

    layer = "server"

    @property
    def subject(self) -> str:
        """The subject code, "8.2.6"; empty where the server reported none."""
        return self.code.partition("/")[0] if "/" in self.code else ""

    @property
    def reason(self) -> str:
        """The reason code, "3.8"; empty where the server reported none."""
        return self.code.partition("/")[2]


class DeadlineError(EsimError, TimeoutError):
    """A deadline passed."""

    layer = "timeout"


class StorageError(EsimError):
    """The file that keeps the state."""

    layer = "storage"


def _remake(kind: type[EsimError], text: str, step: str, code: str, path: str, hint: str, message: str) -> EsimError:
    return kind(text, step=step, code=code, path=path, hint=hint, message=message)


def error_of(layer: str, step: str, code: str, path: str, text: str, hint: str, message: str) -> EsimError:
    """The exception for an error of a layer. For the native module."""
    kind = next((kind for kind in EsimError.__subclasses__() if kind.layer == layer), EsimError)
    return _remake(kind, text, step, code, path, hint, message)
