"""One journey played to its end on SQLite, for the tests that only look at what it left."""

from collections.abc import Iterator

import pytest

from entrypoints.demo.journey import STEPS
from tests.e2e.harness import Rig, play, staged


@pytest.fixture(scope="module")
def travelled() -> Iterator[Rig]:
    """A running house whose journey is over."""
    with Rig() as rig, staged(rig) as stage:
        play(stage, STEPS)
        yield rig
