from __future__ import annotations

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from core.application.agreements.draft_agreement import draft_agreement
from core.application.agreements.read_agreement import (
    Which,
    list_agreements,
    read_agreement,
    read_document,
)
from core.application.agreements.resolve_agreement import resolve_agreement
from core.application.agreements.return_agreement import return_agreement
from core.application.agreements.send_agreement import send_agreement
from core.application.agreements.template_text import form_of
from core.application.agreements.void_agreement import void_agreement
from core.application.agreements.write_template import (
    list_templates,
    read_versions,
    review_template,
    write_version,
)
from core.application.hub import Asking, by_itself
from core.domain.agreements.pdf import LARGEST
from core.domain.idempotency import Answer
from core.domain.tenancy import Permission
from entrypoints.http import answers
from entrypoints.http.call import Call, Called, reasoned
from entrypoints.http.idempotency import once
from entrypoints.http.operation import Key, operation
from entrypoints.http.paging import Listing, listing
from entrypoints.http.wire import agreement as wire
from entrypoints.http.wire.values import Because
from ports.store import AgreementFilter


class AgreementController(Controller):
    path = "/agreements"
    tags = ("Agreements",)

    @post(
        opt=operation(
            summary="Draft an agreement from a template",
            needs=Permission.AGREEMENTS_WRITE,
            takes=wire.NewAgreement,
            key=Key.REQUIRED,
            answers={201: wire.Agreement},
            problems=(404, 502),
        )
    )
    async def draft(self, call: Called) -> Response[bytes]:
        """Its document is set and can be looked at; nobody is asked to sign yet. 422
        `figures_do_not_match`: each figure that does not agree with a booking or another."""
        new = (await call.body(wire.NewAgreement)).wish()

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is None:
                drafted = await draft_agreement(call.hub, asking, new)
            else:
                drafted, _ = await read_agreement(call.hub, by_itself(asking.scope), made)
            return answers.given(wire.agreement(drafted), 201)

        return await once(call, act, key=Key.REQUIRED)

    @get(
        opt=operation(
            summary="List agreements, newest first",
            needs=Permission.AGREEMENTS_READ,
            asks=wire.AgreementQuery,
            answers={200: Listing[wire.Agreement]},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        asked = call.query(wire.AgreementQuery)
        where = AgreementFilter(asked.state, asked.partner)
        rows = await list_agreements(call.hub, call.asking, asked.page, where)
        return call.answer(listing(rows, asked, wire.agreement))

    @get(
        "/{agreement_id:str}",
        opt=operation(
            summary="Read an agreement, with its signers",
            needs=Permission.AGREEMENTS_READ,
            answers={200: wire.Agreement},
        ),
    )
    async def read(self, call: Called, agreement_id: FromPath[str]) -> Response[bytes]:
        found = await read_agreement(call.hub, call.asking, agreement_id)
        return call.answer(wire.agreement(*found))

    @post(
        "/{agreement_id:str}/send",
        opt=operation(
            summary="Ask the signers, at most once",
            needs=Permission.AGREEMENTS_WRITE,
            key=Key.REQUIRED,
            answers={200: wire.Agreement, 202: wire.Agreement},
            problems=(502, 503),
        ),
    )
    async def send(self, call: Called, agreement_id: FromPath[str]) -> Response[bytes]:
        """200: `sent`; one after the other is asked. 202: the vendor's answer is not clear yet; an
        event tells. A problem: nobody was asked, and it may be sent again under another key.
        Without a connection nobody is written to: hand the document out, and bring it back."""

        async def act(asking: Asking, made: str | None) -> Answer:
            if made is None:
                after = await send_agreement(call.hub, asking, agreement_id)
            else:
                after, _ = await read_agreement(call.hub, by_itself(asking.scope), made)
            return answers.of_agreement(call, after)

        return await once(call, act, key=Key.REQUIRED)

    @post(
        "/{agreement_id:str}/void",
        opt=operation(
            summary="Take an agreement back, so that nobody signs it any more",
            needs=Permission.AGREEMENTS_WRITE,
            takes=Because,
            bodyless=True,
            key=Key.HONOURED,
            answers={200: wire.Agreement},
            problems=(502, 503),
        ),
    )
    async def void(self, call: Called, agreement_id: FromPath[str]) -> Response[bytes]:
        """`voided`, or `signed` if the signers were quicker. DocuSign shows them the reason."""
        because = await call.body(Because, bodyless=True)

        async def act(asking: Asking, _: str | None) -> Answer:
            asked = reasoned(asking, because.reason)
            after = await void_agreement(call.hub, asked, agreement_id)
            return answers.given(wire.agreement(after), 200)

        return await once(call, act)

    @get(
        "/{agreement_id:str}/document",
        opt=operation(
            summary="Fetch the document as it goes out",
            needs=Permission.AGREEMENTS_READ,
            answers={200: None},
            problems=(502,),
            media_type="application/pdf",
        ),
    )
    async def document(self, call: Called, agreement_id: FromPath[str]) -> Response[bytes]:
        """It holds personal data: the audit trail says who took it."""
        return await _pdf(call, agreement_id, Which.DOCUMENT)

    @get(
        "/{agreement_id:str}/signed-document",
        opt=operation(
            summary="Fetch the document as it was signed",
            needs=Permission.AGREEMENTS_READ,
            answers={200: None},
            problems=(502,),
            media_type="application/pdf",
        ),
    )
    async def signed_document(self, call: Called, agreement_id: FromPath[str]) -> Response[bytes]:
        """404 until `agreement.kept`. It is verified against the digest in the audit trail."""
        return await _pdf(call, agreement_id, Which.SIGNED)

    @get(
        "/{agreement_id:str}/certificate",
        opt=operation(
            summary="Fetch the vendor's proof of who signed when",
            needs=Permission.AGREEMENTS_READ,
            answers={200: None},
            problems=(502,),
            media_type="application/pdf",
        ),
    )
    async def certificate(self, call: Called, agreement_id: FromPath[str]) -> Response[bytes]:
        """404 where the vendor makes none apart from the document (PrivyID), or by hand."""
        return await _pdf(call, agreement_id, Which.CERTIFICATE)

    @post(
        "/{agreement_id:str}/signed-document",
        request_max_body_size=LARGEST,
        opt=operation(
            summary="Bring a document back that was signed by hand",
            needs=Permission.AGREEMENTS_WRITE,
            raw=True,
            key=Key.HONOURED,
            answers={200: wire.Agreement},
            problems=(502,),
        ),
    )
    async def bring_back(self, call: Called, agreement_id: FromPath[str]) -> Response[bytes]:
        """The body is the PDF, at most 20 MiB. The same again changes nothing. 409: its signers
        sign at a vendor, or another one was brought."""
        pdf = await call.request.body()

        async def act(asking: Asking, _: str | None) -> Answer:
            after = await return_agreement(call.hub, asking, agreement_id, pdf)
            return answers.given(wire.agreement(after), 200)

        return await once(call, act)

    @post(
        "/{agreement_id:str}/resolve",
        opt=operation(
            summary="Settle an agreement that needs an operator",
            needs=Permission.AGREEMENTS_WRITE,
            takes=wire.AgreementResolution,
            key=Key.HONOURED,
            answers={200: wire.Agreement},
        ),
    )
    async def resolve(self, call: Called, agreement_id: FromPath[str]) -> Response[bytes]:
        """A person says what became of it, and how they know. What is said to be at the vendor is
        asked about, not believed."""
        resolve = (await call.body(wire.AgreementResolution)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            after = await resolve_agreement(call.hub, asking, agreement_id, resolve)
            return answers.given(wire.agreement(after), 200)

        return await once(call, act)


async def _pdf(call: Call, id: str, which: Which) -> Response[bytes]:
    document, pdf = await read_document(call.hub, call.asking, id, which)
    headers = {
        "content-disposition": f'attachment; filename="{id}-{which}.pdf"',
        "etag": f'"{document.sha256}"',
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


class TemplateController(Controller):
    path = "/templates"
    tags = ("Agreements",)

    @get(
        opt=operation(
            summary="List templates, each in its newest version",
            needs=Permission.AGREEMENTS_READ,
            answers={200: wire.Templates},
        )
    )
    async def list_(self, call: Called) -> Response[bytes]:
        found = await list_templates(call.hub, call.asking)
        return call.answer(wire.Templates(tuple(wire.template(t, form_of(t.name)) for t in found)))

    @get(
        "/{name:str}",
        opt=operation(
            summary="Read a template in all its versions, oldest first",
            needs=Permission.AGREEMENTS_READ,
            answers={200: wire.Templates},
        ),
    )
    async def read(self, call: Called, name: FromPath[str]) -> Response[bytes]:
        """`form` says which clauses are required, and what each has to say."""
        found = await read_versions(call.hub, call.asking, name)
        form = form_of(name)
        return call.answer(wire.Templates(tuple(wire.template(t, form) for t in found)))

    @post(
        "/{name:str}/versions",
        opt=operation(
            summary="Write the next version of a template",
            needs=Permission.AGREEMENTS_WRITE,
            takes=wire.NewVersion,
            key=Key.HONOURED,
            answers={201: wire.Template},
        ),
    )
    async def write(self, call: Called, name: FromPath[str]) -> Response[bytes]:
        """It is used from now on. 422 `template_incomplete`: each clause that is missing, or does
        not say what it has to."""
        new = (await call.body(wire.NewVersion)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            written = await write_version(call.hub, asking, name, new)
            return answers.given(wire.template(written, form_of(name)), 201)

        return await once(call, act)

    @post(
        "/{name:str}/versions/{version:int}/reviews",
        opt=operation(
            summary="Record that a text was reviewed",
            needs=Permission.AGREEMENTS_WRITE,
            takes=wire.NewReview,
            key=Key.HONOURED,
            answers={200: wire.Template},
        ),
    )
    async def review(
        self, call: Called, name: FromPath[str], version: FromPath[int]
    ) -> Response[bytes]:
        """`legal` and `sharia` together take the warning off every page."""
        new = (await call.body(wire.NewReview)).wish()

        async def act(asking: Asking, _: str | None) -> Answer:
            reviewed = await review_template(call.hub, asking, name, version, new)
            return answers.given(wire.template(reviewed, form_of(name)), 200)

        return await once(call, act)
