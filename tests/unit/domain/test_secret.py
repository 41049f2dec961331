import copy
import logging
import pickle
from collections.abc import Callable

import msgspec
import pytest

from core.domain.secret import Secret

WORD = "not-a-real-secret"


def test_it_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(WORD)
    logging.getLogger("test").warning("a %s and %r in %s", secret, secret, {"k": secret})
    shown = [str(secret), repr(secret), f"{secret}", "%s" % secret, repr([secret]), caplog.text]  # noqa: UP031
    assert not any(WORD in text for text in shown)
    assert secret.reveal() == WORD


def test_it_is_shown_in_no_traceback_of_its_own() -> None:
    with pytest.raises(AttributeError) as caught:
        Secret(WORD).value  # type: ignore[attr-defined]  # noqa: B018
    assert WORD not in str(caught.value)


@pytest.mark.parametrize(
    "encode", [msgspec.json.encode, msgspec.msgpack.encode, msgspec.to_builtins]
)
def test_it_is_not_encoded(encode: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        encode({"secret": Secret(WORD)})


@pytest.mark.parametrize("attempt", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_not_copied_out_of_the_process(attempt: Callable[[object], object]) -> None:
    with pytest.raises(TypeError, match="not pickled"):
        attempt(Secret(WORD))


def test_equal_secrets_are_equal() -> None:
    assert Secret(WORD) == Secret(WORD)
    assert hash(Secret(WORD)) == hash(Secret(WORD))
    assert Secret(WORD) != Secret("another")
    assert Secret(WORD) != WORD
