"""An adapter's form from the command line: typed, complete, and no secret in the history."""

import io
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import pytest
import typer
from msgspec import Meta

from entrypoints.cli import form
from entrypoints.cli.trouble import Trouble
from ports.manifest import Evidence, Manifest, Role


class Config(msgspec.Struct, frozen=True):
    api_key: Annotated[str, Meta(title="Key", extra_json_schema={"x-secret": True, "x-order": 1})]
    region: str
    per_second: int = 8
    strict: bool = False
    per_day: Annotated[int, Meta(ge=1)] | None = None
    hotels: tuple[str, ...] = ()
    rooms: tuple[int, ...] | None = None
    timeout_s: float = 1.0


def manifest() -> Manifest:
    def never_opened(config: object, wiring: object) -> object:
        raise AssertionError("the form opens nothing")

    return Manifest(
        name="acme",
        title="Acme",
        roles=frozenset({Role.HOTEL_SUPPLIER}),
        config=Config,
        api_version="1",
        can=frozenset(),
        evidence={"search": Evidence.CONSTRUCTED},
        absence_certain_after_s=None,
        repeatable_for_s=None,
        reference_length=20,
        deadline_s=30,
        check=lambda config, environment: (),
        open=never_opened,  # type: ignore[arg-type]
    )


def test_values_take_the_types_of_the_form(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("# the key of the test account\n\napi_key = fakeKey=with=equals \n")
    given = form.given(["region=eu", "per_second=20", "strict=true", "per_day=50"], file)
    assert form.complete(manifest(), given) == {
        "api_key": "fakeKey=with=equals",
        "region": "eu",
        "per_second": 20,
        "strict": True,
        "per_day": 50,
    }


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("hotels=mkk", ["mkk"]),
        ("hotels=mkk, mdn", ["mkk", "mdn"]),
        ('hotels=["mkk","a, b"]', ["mkk", "a, b"]),
        ("hotels=", []),
        ("hotels=[mkk", "[mkk"),
        ("rooms=1,2", [1, 2]),
        ("timeout_s=2.5", 2.5),
        ("timeout_s=soon", "soon"),
    ],
)
def test_lists_and_numbers_can_be_set(written: str, value: object) -> None:
    given = {"api_key": "k", "region": "eu"} | form.given([written], None)
    assert form.complete(manifest(), given)[written.partition("=")[0]] == value


def test_a_secret_to_rotate_is_asked_for_where_somebody_sits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(Trouble, match="api_key is needed, and there is no terminal") as trouble:
        form.asked_secrets(manifest(), (), {})
    assert "--field" in trouble.value.remedy
    monkeypatch.setattr(form, "_interactive", lambda: True)
    answers = iter(["fakeKey", ""])
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: next(answers))
    assert form.asked_secrets(manifest(), (), {}) == {"api_key": "fakeKey"}
    assert form.asked_secrets(manifest(), (), {}) == {}
    assert form.asked_secrets(manifest(), (), {"api_key": "fromFile"}) == {"api_key": "fromFile"}


def test_what_does_not_fit_is_left_for_the_hub_to_judge() -> None:
    given = {"api_key": "k", "region": "eu", "per_second": "many", "unknown": "x"}
    assert form.complete(manifest(), given)["per_second"] == "many"
    assert form.complete(manifest(), given)["unknown"] == "x"


def test_what_is_missing_is_named_with_the_way_to_give_it() -> None:
    with pytest.raises(Trouble) as trouble:
        form.complete(manifest(), {})
    assert trouble.value.said == "Acme also needs api_key, region."
    assert trouble.value.remedy == "Give api_key by --secret-file, region by --set region=…."


def test_a_secret_on_the_command_line_is_refused() -> None:
    with pytest.raises(Trouble, match="history") as trouble:
        form.without_secrets_of(manifest(), ["api_key=fakeKey"])
    assert "fakeKey" not in trouble.value.said + trouble.value.remedy


def test_stdin_is_read_where_the_file_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("api_key=fakeKey\n"))
    assert form.given(None, Path("-")) == {"api_key": "fakeKey"}


def test_a_line_without_equals_is_not_repeated() -> None:
    with pytest.raises(Trouble) as trouble:
        form.given(["fakeSecretGivenBare"], None)
    assert "fakeSecret" not in trouble.value.said + trouble.value.remedy


def test_secrets_are_not_asked_of_nobody() -> None:
    with pytest.raises(Trouble, match="no terminal"):
        form.asked_secrets(manifest(), ["api_key"], {})
    with pytest.raises(Trouble, match="no secret region"):
        form.asked_secrets(manifest(), ["region"], {})
