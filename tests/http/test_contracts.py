"""The contracts are what the code says; their examples decode; the reference shows them all."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from core.domain.event import EventBody
from core.domain.events.catalogue import CATALOGUE
from entrypoints import capabilities, contracts
from entrypoints.bootstrap import manifests
from entrypoints.http.app import api_document
from entrypoints.http.schema_names import public_names
from entrypoints.http.titles import PROBLEMS
from entrypoints.http.wire.examples import EXAMPLES, example_of
from tests.http.rig import Api

OPENAPI, ASYNCAPI = api_document(), contracts.asyncapi()


def test_the_files_are_up_to_date() -> None:
    assert contracts.check(contracts.FOLDER, contracts.DOCS) == []


def test_a_difference_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert contracts.main(["--check"], tmp_path, tmp_path) == 1
    assert "openapi.json is missing" in capsys.readouterr().err
    assert contracts.main([], tmp_path, tmp_path) == 0
    assert contracts.main(["--check"], tmp_path, tmp_path) == 0
    (tmp_path / "capabilities.md").write_text("# Capabilities\n")
    changed = msgspec.json.decode((tmp_path / "openapi.json").read_bytes())
    changed["paths"]["/v1/bookings"]["post"]["summary"] = "other"
    del changed["paths"]["/healthz"]
    (tmp_path / "openapi.json").write_bytes(msgspec.json.encode(changed))
    assert contracts.main(["--check"], tmp_path, tmp_path) == 1
    told = capsys.readouterr().err
    assert "openapi.json /paths/~1v1~1bookings/post/summary: has changed" in told
    assert "openapi.json /paths/~1healthz: is new" in told
    assert "capabilities.md is not what the manifests say" in told


def test_every_adapter_and_all_that_it_can_is_on_the_page_of_capabilities() -> None:
    page = contracts.capabilities_page().decode()
    for manifest in manifests():
        assert f"[{manifest.title}](adapters/{manifest.name}.md)" in page
        for name in (*manifest.evidence, *manifest.can):
            assert name in capabilities.WORDS, (
                f"{manifest.name}: {name} has no words in entrypoints/capabilities.py"
            )
            assert f"| {capabilities.WORDS[name]} |" in page


def test_schemas_have_names_for_their_readers() -> None:
    schemas = OPENAPI["components"]["schemas"]
    assert [n for n in schemas if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", n)] == []
    assert {s["title"] for s in schemas.values() if "title" in s} <= schemas.keys()
    with pytest.raises(LookupError, match=r"wants a name for \['a\.module\.Guest'\]"):
        public_names(["Booking", "a.module.Guest"])
    with pytest.raises(LookupError, match="Problem"):
        public_names(["Problem", "ProblemBody"])


def _examples() -> Iterator[tuple[str, Any, Any]]:
    for path, methods in OPENAPI["paths"].items():
        for method, told in methods.items():
            contents = [told.get("requestBody", {}).get("content", {})]
            contents += [r.get("content", {}) for r in told["responses"].values()]
            for content in contents:
                for media in content.values():
                    if "example" in media:
                        yield f"{method} {path}", media["schema"], media["example"]


@pytest.mark.parametrize(("where", "schema", "example"), list(_examples()))
def test_every_example_is_what_its_schema_says(where: str, schema: Any, example: Any) -> None:
    whole = {**schema, "components": OPENAPI["components"]}
    jsonschema.validate(example, whole, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("kind", list(EXAMPLES), ids=lambda k: k.__name__)
def test_every_example_decodes(kind: type[Any]) -> None:
    assert msgspec.json.decode(msgspec.json.encode(example_of(kind)), type=kind) == EXAMPLES[kind]


def test_every_request_has_an_example_and_takes_no_strange_field() -> None:
    for path, methods in OPENAPI["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None:
                continue
            assert "example" in content, f"{method} {path}"
            name = content["schema"]["$ref"].rpartition("/")[2]
            assert OPENAPI["components"]["schemas"][name]["additionalProperties"] is False


def test_no_answer_tells_what_is_inside() -> None:
    inside = {"submission", "source", "digest_of", "credential", "raw", "charge"}
    for name, schema in OPENAPI["components"]["schemas"].items():
        assert not inside & set(schema.get("properties", ())), name


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_every_event_has_a_schema_its_example_meets(name: str) -> None:
    message = ASYNCAPI["components"]["messages"][name]
    payload = message["examples"][0]["payload"]
    whole = {**message["payload"], "components": ASYNCAPI["components"]}
    jsonschema.validate(payload, whole, cls=jsonschema.Draft202012Validator)
    body = msgspec.convert(payload, EventBody)
    decoded = msgspec.convert(body.data, type(CATALOGUE[name].example))
    assert decoded == CATALOGUE[name].example
    assert body.subject in body.data.values()


@pytest.mark.anyio
async def test_the_reference_needs_nothing_from_elsewhere(api: Api) -> None:
    answer = await api.client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    assert re.findall(r'(?:src|href)="(?!#|/)[^"]*"', answer.text) == []
    for path, methods in OPENAPI["paths"].items():
        assert path in answer.text
        for told in methods.values():
            assert f'id="{told["operationId"]}"' in answer.text
    style = await api.client.get("/docs/reference.css")
    assert "light dark" in style.text
    assert (await api.client.get("/v1/openapi.json")).json() == OPENAPI


def test_every_code_of_the_core_has_a_title() -> None:
    said = re.compile(r'(?:Conflict|Failed|Forbidden|Refusal|_wrong_code)\(\s*"([a-z_]+)"')
    core = contracts.FOLDER.parents[1] / "src" / "core"
    codes = {c for file in core.rglob("*.py") for c in said.findall(file.read_text())}
    assert len(codes) > 20
    assert codes <= set(PROBLEMS)


@pytest.mark.anyio
async def test_the_type_of_a_problem_leads_somewhere(api: Api) -> None:
    for code, (title, _) in PROBLEMS.items():
        page = await api.client.get(f"/problems/{code}")
        assert page.status_code == 200
        assert html.escape(title) in page.text
    assert (await api.client.get("/problems/none")).status_code == 404
