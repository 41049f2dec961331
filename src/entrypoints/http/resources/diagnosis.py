from __future__ import annotations

from litestar import Controller, Response, post
from litestar.params import FromPath

from core.application.webhooks.diagnose_signature import diagnose_signature
from core.domain.tenancy import Permission
from entrypoints.http.call import Called
from entrypoints.http.operation import operation
from entrypoints.http.wire import diagnosis as wire


class DiagnosisController(Controller):
    path = "/endpoints"
    tags = ("Partners",)

    @post(
        "/{endpoint_id:str}/diagnose-signature",
        status_code=200,
        opt=operation(
            summary="Learn why a message does not verify",
            needs=Permission.ENDPOINTS_READ,
            takes=wire.SignatureQuestion,
            answers={200: wire.SignatureDiagnosis},
        ),
    )
    async def diagnose(self, call: Called, endpoint_id: FromPath[str]) -> Response[bytes]:
        """Paste the headers and the body that a receiver got. The answer names every cause that
        can be shown, first the one to mend first, and never a secret. Nothing is stored."""
        asked = (await call.body(wire.SignatureQuestion)).wish()
        found = await diagnose_signature(call.hub, call.asking, endpoint_id, asked)
        return call.answer(wire.diagnosis(found))
