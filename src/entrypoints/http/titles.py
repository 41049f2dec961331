"""Each problem code with its title and what to do about it, for people."""

from __future__ import annotations

PROBLEMS: dict[str, tuple[str, str]] = {
    "malformed": ("The request cannot be read", "Mend what errors names; nothing was done."),
    "invalid_request": ("The request is not valid", "Mend every field that errors names."),
    "unauthorized": ("An API key is needed", "Send Authorization: Bearer serai_…"),
    "forbidden": ("This key may not do that", "Use a key with the permission that detail names."),
    "not_found": (
        "There is no such thing",
        "Check the id, and that the key is of its environment.",
    ),
    "method_not_allowed": ("Wrong method", "The Allow header names those that work."),
    "body_too_large": ("The body is too large", "A body has at most 1 MiB."),
    "unsupported_media_type": ("The body is not JSON", "Send Content-Type: application/json."),
    "rate_limited": ("Too many requests", "Wait for Retry-After, or ask for a larger allowance."),
    "busy": ("Others were in the way", "Nothing was written; repeat the request."),
    "not_a_channel": (
        "The connection sells nothing of ours",
        "Choose a connection whose adapter is a channel; GET /v1/adapters names them.",
    ),
    "property_code_used": (
        "The channel is in use under this code",
        "Pause it, and sell the property through another connection.",
    ),
    "already_a_channel": (
        "The property is sold there already",
        "Use the channel that resource names, or another property or code.",
    ),
    "mapping_incomplete": (
        "The mapping has holes",
        "Mend what errors names under /v1/mappings, or ignore the channel's room on purpose.",
    ),
    "channel_paused": ("The channel is paused", "Resume it; it is told everything that differs."),
    "conflict": ("It contradicts what is stored", "Read the thing again and decide anew."),
    "internal_error": (
        "The hub failed",
        "Repeat under the same Idempotency-Key; quote request_id.",
    ),
    "store_unavailable": ("The hub cannot store it now", "Repeat after Retry-After."),
    "signature_rejected": ("The message is not genuine", "Check the connection's webhook secret."),
    "idempotency_key_required": (
        "An Idempotency-Key is needed",
        "Send a fresh one for each intent, the same one for each repeat.",
    ),
    "idempotency_key_in_use": (
        "The first request still runs",
        "Repeat after Retry-After; resource names what it is making.",
    ),
    "idempotency_key_reused": (
        "The Idempotency-Key was used for another request",
        "Use a fresh key for each intent.",
    ),
    "rotated_too_often": (
        "Too many keys sign already",
        "Each that was rotated out signs for 24 hours; wait until the first of them ends.",
    ),
    "sold_out": ("Sold out", "Nothing was booked; offer something else."),
    "price_changed": ("The price has changed", "Nothing was booked; quote the offer again."),
    "offer_expired": ("The offer has expired", "Search again."),
    "quote_expired": ("The quote has expired", "Quote the offer again."),
    "quote_used": ("The quote is booked already", "resource names the booking; quote again."),
    "vendor_refused": (
        "The vendor said no",
        "It is final for this request; detail gives the reason.",
    ),
    "vendor_unavailable": ("The vendor is not available", "Nothing was done; repeat later."),
    "vendor_misconfigured": (
        "The connection's settings are wrong",
        "Test and mend the connection.",
    ),
    "vendor_broken_contract": (
        "The vendor answered outside its contract",
        "Report it with request_id.",
    ),
    "vendor_outcome_unknown": ("The vendor gave no clear answer", "Ask again."),
    "absent": ("It was not made at the vendor", "It is certain; repeat under a fresh key."),
    "operator": ("Settled by a person", "The audit trail holds the reason."),
    "not_supported": ("This vendor cannot do that", "detail says what to do instead."),
    "connection_disabled": ("The connection is disabled", "Enable it first."),
    "adapter_missing": ("The adapter is not installed", "Install it, or use another connection."),
    "not_cancellable": ("It cannot be cancelled now", "Read the booking's state."),
    "not_amendable": ("It cannot be amended now", "Read the booking's state."),
    "not_payable": ("It cannot be paid now", "Read the booking's state."),
    "not_closable": ("There is no link to close", "Read the payment's state."),
    "not_refundable": ("There is nothing to refund", "Read the payment's state."),
    "not_resolvable": ("There is nothing to settle", "Only what needs an operator is settled so."),
    "not_quarantined": (
        "The message is not quarantined",
        "Only a quarantined one is retried or dismissed; detail says what this one waits for.",
    ),
    "already_paid": ("It is paid or asked for already", "Read the booking's payments."),
    "chargeback_unknown": (
        "What the payer's bank took is not known",
        "resource names the payment: settle it; or say how much to give back of another one.",
    ),
    "nothing_due": ("Nothing is due", "Name an amount to give back more than is due."),
    "has_tickets": ("It has tickets", "resource names the PNR: void or refund them first."),
    "not_now": ("The PNR cannot do that now", "Read the PNR's state."),
    "not_ticketable": ("It cannot be ticketed now", "resource names the booking; read its state."),
    "not_ticketed": ("It has no tickets", "Read the PNR's state."),
    "not_confirmed": ("It is not confirmed", "Read the booking's state."),
    "voucher_not_issued": ("The voucher is not issued yet", "Ask again after Retry-After."),
    "paid_otherwise": (
        "It is paid another way",
        "Pay it by itself or by its payment plan; end the other one first.",
    ),
    "hotel_collect": ("The hotel collects", "The guest pays at the desk; there is nothing to pay."),
    "vendor_failed": ("The vendor could not do it after all", "vendor_code tells their reason."),
    "fee_unknown": ("The fee is not known", "Ask the supplier, or cancel and read what it kept."),
    "mismatch": ("The vendor tells of something else", "A person compares the two and settles it."),
    "unknown": ("Nobody can know by machine", "A person asks the vendor and settles it."),
    "endpoint_disabled": ("The endpoint is disabled", "Enable it first; what waits goes out then."),
    "recovery_running": (
        "Another recovery of this endpoint is running",
        "resource names it: wait for it, pause it or cancel it.",
    ),
    "recovery_finished": ("The recovery is over", "Start another for what is still to be sent."),
    "departure_cancelled": ("The departure was cancelled", "Plan another."),
    "departed": ("The group has left", "Withdraw pilgrims one by one, or tell of the return."),
    "reference_used": (
        "The departure has a pilgrim of that reference",
        "resource names the pilgrim; change that one.",
    ),
    "erased": ("The personal data was erased", "Register the person anew."),
    "filing_incomplete": (
        "The report is incomplete",
        "errors names each gap by pilgrim and field; fill them in, or ask for it with its gaps.",
    ),
    "filing_filed": ("The report was filed", "Reopen it to file it anew."),
    "filing_open": ("The report was not filed yet", "There is nothing to reopen."),
    "filing_cancelled": ("The departure was cancelled", "Nothing is owed for it."),
    "kept": ("The personal data is still owed", "One person can be erased at any time."),
    "figures_do_not_match": (
        "The agreement's figures do not agree",
        "errors names each figure and what it would have to be; nothing was set.",
    ),
    "template_incomplete": (
        "The template lacks what it has to say",
        "errors names each clause; the template's form lists what is required.",
    ),
    "cannot_typeset": (
        "The page cannot be set",
        "detail tells why; most often it is a letter of a script that no font here has.",
    ),
    "not_sendable": ("It cannot be sent now", "Read the agreement's state."),
    "agreement_expired": ("Its time is over", "Draft it anew with a later end."),
    "signer_erased": ("A signer's personal data was erased", "Draft it anew."),
    "not_voidable": ("It cannot be taken back now", "Read the agreement's state."),
    "with_a_vendor": (
        "Its signers sign at a vendor",
        "The signed document is fetched by itself; only one sent by hand is brought back.",
    ),
    "not_returnable": ("It was not sent, or is over", "Read the agreement's state."),
    "already_signed": ("Another signed document is kept", "Fetch it and compare."),
    "blobs_unavailable": (
        "Documents cannot be kept or fetched now",
        "Repeat after Retry-After; the operator checks the bucket or folder of blobs.",
    ),
    "document_unreadable": (
        "The document does not open",
        "The operator compares the encryption keys and the bucket or folder of blobs.",
    ),
    "code_taken": ("The code is another one's", "resource names it; choose another code."),
    "not_on_sale": ("The property is not on sale", "Make it active first."),
    "less_than_taken": (
        "Fewer rooms than are sold or held",
        "errors names the nights; release or move what is taken first.",
    ),
    "allotment_released": ("The allotment is released", "Its rooms are on sale; hold them there."),
    "not_possible_now": ("Not from where it stands", "Read its state and decide anew."),
    "test_only": ("Not in the live environment", "Use a key of the test environment."),
    "gone": ("It is no longer kept", "Nothing can be resent."),
}


def title_of(code: str) -> str:
    known = PROBLEMS.get(code)
    return known[0] if known else code.replace("_", " ").capitalize()
