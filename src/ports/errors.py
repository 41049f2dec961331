"""What an adapter may let out, named by what the caller must do next.

    VendorError
    ├── Unavailable      nothing was done: repeat, after `retry_after_s` when it is given
    │   └── Skipped      it was not even tried: the vendor's breaker is open
    ├── Refused          the vendor said no: stop
    ├── OutcomeUnknown   it was sent and no clear answer came: reconcile, never repeat blindly
    ├── Misconfigured    our credential or configuration is wrong: call a person
    ├── NotSupported     this vendor cannot: choose another
    └── BrokenContract   the vendor answered outside its own contract: call a person

Business refusals that a use case matches on (sold out, price changed) are
returned values of the port, not errors.
No error ever carries a secret or a whole message of the wire.
"""

from __future__ import annotations


class VendorError(Exception):
    """vendor, operation: whose call this was. vendor_code, request_id: theirs, for their support desk."""

    def __init__(
        self,
        message: str,
        *,
        vendor: str,
        operation: str = "",
        vendor_code: str | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.vendor = vendor
        self.operation = operation
        self.vendor_code = vendor_code
        self.request_id = request_id

    def __str__(self) -> str:
        where = f"{self.vendor} {self.operation}".rstrip()
        code = f" [{self.vendor_code}]" if self.vendor_code else ""
        return f"{where}{code}: {self.message}"


class Unavailable(VendorError):
    """Nothing was done at the vendor's side; repeat later.

    retry_after_s: seconds the vendor asked us to wait, None when it did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        vendor: str,
        operation: str = "",
        vendor_code: str | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(
            message,
            vendor=vendor,
            operation=operation,
            vendor_code=vendor_code,
            request_id=request_id,
        )
        self.retry_after_s = retry_after_s


class Skipped(Unavailable):
    """The vendor's breaker is open: it was not even tried."""


class Refused(VendorError):
    """The vendor understood and said no. Repeating the same request gets the same no."""


class OutcomeUnknown(VendorError):
    """It was sent, and what became of it is not known. Ask under our vendor reference."""


class Misconfigured(VendorError):
    """A credential or a setting of ours is wrong (401, 403); a person must mend it."""


class NotSupported(VendorError):
    """This vendor has no such operation."""


class BrokenContract(VendorError):
    """An answer that the vendor's own contract does not allow; a person must look.

    For a call that is not repeatable an adapter raises OutcomeUnknown instead:
    an unreadable answer to a booking is not a no.
    """
