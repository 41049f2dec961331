"""The signature doctor: why a message does not verify at its receiver, or that it does.

Pure. It says what it can show by computing: where a signature fits after a repair, the repair
is named as the cause; where nothing fits, it says that it does not know.
"""

from core.domain.webhooks.diagnosis.examine import diagnose
from core.domain.webhooks.diagnosis.finding import Cause, Diagnosis, Finding, Known, Received
from core.domain.webhooks.diagnosis.tokens import V1A_DOES_NOT_FIT, V1A_FITS

__all__ = [
    "V1A_DOES_NOT_FIT",
    "V1A_FITS",
    "Cause",
    "Diagnosis",
    "Finding",
    "Known",
    "Received",
    "diagnose",
]
