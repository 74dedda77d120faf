"""What to do next when a counterpart did not simply say yes.

    RemoteError
    ├── Unavailable       nothing was received, or a read failed          -> try again later
    ├── Throttled         the counterpart wants us to slow down           -> wait `seconds`, try again
    ├── Rejected          final                                           -> a person must act on `detail`
    ├── AlreadyDelivered  it stands there from before (`standing`)        -> counts as accepted
    ├── CredentialError   a key or a right is missing or wrong            -> operators; stops this tenant only
    └── Uncertain         a request that changes something may have come  -> in_doubt; settled by reading back

No text here ever holds a key, a token, a query string or a national identity number: it ends up in logs and in Prefect.
Every class can be pickled, so that it crosses from a worker process whole.
"""

from __future__ import annotations


class RemoteError(Exception):
    """Root of the ladder; `str(error)` is a Norwegian sentence for operators."""


class Unavailable(RemoteError):
    """Nothing was received, or a read failed: the same request may be sent again later."""


class Throttled(RemoteError):
    """Nothing was done: wait `seconds`, then send the same request again."""

    def __init__(self, message: str, seconds: float = 1.0) -> None:
        super().__init__(message)
        self.seconds = seconds


class Rejected(RemoteError):
    """Final: sending the same again gives the same answer. `detail` is the counterpart's reason, `status` its code."""

    def __init__(self, message: str, *, detail: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.detail = detail
        self.status = status


class AlreadyDelivered(RemoteError):
    """It stands there from before and counts as accepted; `standing` is what the counterpart shows (a wire shape)."""

    def __init__(self, message: str, standing: object = None) -> None:
        super().__init__(message)
        self.standing = standing


class CredentialError(RemoteError):
    """Operators must act: `system` refused `tenant`; the message says which right or key, and what to do, never the key."""

    def __init__(self, message: str, *, system: str = "", tenant: str = "") -> None:
        super().__init__(message)
        self.system = system
        self.tenant = tenant


class Uncertain(RemoteError):
    """A request that changes something may have arrived: never send it again before it was read back."""
