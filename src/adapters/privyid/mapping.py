"""Privy's words: what we send, what comes back, and what each of it means in ours.

Official documents are not public: all of this is constructed from integrations that agree.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from adapters._kit.answer import Answer
from adapters._kit.unreadable import Unreadable
from adapters._kit.verdict import Fault, Kind
from adapters.privyid.config import PrivyidConfig
from core.domain.agreements.agreement import SignatureFact, SignatureState, SignerFact, SignerState
from ports.errors import BrokenContract, OutcomeUnknown
from ports.esign import AgreementOrder, SignerOrder

TOKEN = "/oauth2/api/v1/token"  # noqa: S105
SIGNING = "/web/api/v2/doc-signing"
STATUS, DELETE = f"{SIGNING}/status", f"{SIGNING}/delete"
DATA_URI = "data:application/pdf;base64,"
LONGEST_NAME = 100
_ID = re.compile(r"[\x21-\x7e]{1,100}")
ShortText = Annotated[str, Meta(min_length=1, max_length=500)]


class TokenData(msgspec.Struct, frozen=True):
    access_token: Annotated[str, Meta(min_length=1, max_length=10_000)]
    expires_in: Annotated[int, Meta(ge=1)] = 300


class Token(msgspec.Struct, frozen=True):
    data: TokenData


class Recipient(msgspec.Struct, frozen=True):
    id_user: str = ""
    status: str = ""


class Document(msgspec.Struct, frozen=True):
    """recipients: where they are told, in the order in which they were asked."""

    reference_number: ShortText
    document_token: ShortText
    status: ShortText
    signed_document: str | None = None
    recipients: tuple[Recipient, ...] | None = None


class Reply(msgspec.Struct, frozen=True):
    data: Document


class ErrorDetail(msgspec.Struct, frozen=True):
    code: int | str = ""


class ErrorBody(msgspec.Struct, frozen=True):
    error: ErrorDetail


def order_body(order: AgreementOrder, config: PrivyidConfig) -> dict[str, Any]:
    """Unreadable: a signer without a PrivyID, or one that cannot be signed as it is."""
    return {
        "reference_number": order.reference,
        "channel_id": config.channel_id,
        "custom_signature_placement": True,
        "doc_process": config.doc_process,
        "visibility": True,
        "doc_owner": {"privyId": config.owner_id, "enterpriseToken": config.enterprise_token},
        "document": {
            "document_file": DATA_URI + base64.b64encode(order.pdf).decode(),
            "document_name": order.title[:LONGEST_NAME],
            "sign_process": "0",
            "barcode_position": "0",
        },
        "recipients": [_recipient(s, config) for s in order.signers],
    }


def _recipient(signer: SignerOrder, config: PrivyidConfig) -> dict[str, Any]:
    if not signer.vendor_id or not _ID.fullmatch(signer.vendor_id):
        raise Unreadable("every signer needs a PrivyID, in plain letters and digits")
    return {
        "user_type": "0",
        "autosign": "0",
        "id_user": signer.vendor_id,
        "signer_type": "Signer",
        "enterpriseToken": config.enterprise_token,
        "notify_user": "1",
        "drag_n_drop": False,
        "posX": str(round(signer.mark.x)),
        "posY": str(round(signer.mark.y)),
        "signPage": str(signer.mark.page),
        "detail": "1",
    }


def question(reference: str, token: str, config: PrivyidConfig) -> dict[str, Any]:
    return {
        "reference_number": reference,
        "channel_id": config.channel_id,
        "document_token": token,
        "info": "",
    }


_STATES = {
    "uploaded": SignatureState.SENT,
    "processing": SignatureState.SENT,
    "in_progress": SignatureState.SENT,
    "completed": SignatureState.SIGNED,
    "rejected": SignatureState.DECLINED,
    "declined": SignatureState.DECLINED,
    "deleted": SignatureState.VOIDED,
    "canceled": SignatureState.VOIDED,
    "cancelled": SignatureState.VOIDED,
    "expired": SignatureState.EXPIRED,
}
_SIGNERS = {
    "signed": SignerState.SIGNED,
    "completed": SignerState.SIGNED,
    "rejected": SignerState.DECLINED,
    "declined": SignerState.DECLINED,
}


def fact(found: Document) -> SignatureFact:
    """Unreadable: a state we do not know. A signer's state that we do not know is left open."""
    state = _STATES.get(found.status.lower())
    if state is None:
        raise Unreadable("of a status that is not known")
    told = (
        SignerFact(place, _SIGNERS[one.status.lower()])
        for place, one in enumerate(found.recipients or ())
        if one.status.lower() in _SIGNERS
    )
    return SignatureFact(found.document_token, found.reference_number, state, tuple(told))


def pdf_in(text: str) -> bytes | None:
    """The PDF in a data URI; None: it is something else. Unreadable: no base64."""
    if not text.startswith("data:"):
        return None
    head, _, body = text.partition(",")
    if not head.endswith(";base64"):
        raise Unreadable("the signed document is not in base64")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        raise Unreadable("the signed document is not in base64") from None


def read_fault(answer: Answer) -> Fault:
    """A 4xx that is not in Privy's words (a proxy's page) is no refusal."""
    try:
        code = msgspec.json.decode(answer.body, type=ErrorBody).error.code
    except (msgspec.MsgspecError, ValueError, RecursionError):
        clear = answer.status >= 500 or answer.status in (401, 403, 407, 408, 429)
        return Fault(kind=None if clear else _unclear(answer))
    return Fault(code=str(code))


def _unclear(answer: Answer) -> Kind:
    return BrokenContract if answer.repeatable else OutcomeUnknown


def is_absent(answer: Answer) -> bool:
    """Privy's own word that there is no such document."""
    if answer.status != 404:
        return False
    try:
        msgspec.json.decode(answer.body, type=ErrorBody)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return True
