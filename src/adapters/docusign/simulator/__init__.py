"""DocuSign as this adapter sees it, for the sandbox and for tests.

Written from DocuSign's documentation, with nothing of the client or the mapping in it: what the
two disagree on shows up as a red test. It keeps no key: a pair is made when it is asked for one.
"""

from adapters.docusign.simulator.access import ACCOUNT_ID, CLIENT_ID, USER_ID
from adapters.docusign.simulator.app import Simulator

__all__ = ["ACCOUNT_ID", "CLIENT_ID", "USER_ID", "Simulator"]
