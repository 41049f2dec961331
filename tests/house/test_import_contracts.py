"""Every import contract bites: each is broken on purpose, in a copy, and must say so by name."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]

Planted = dict[str, str]  # file below src → what is added to it

CLIENT = {"adapters/planted/__init__.py": "", "adapters/planted/client.py": ""}
MAPPING = {"adapters/planted/__init__.py": "", "adapters/planted/mapping.py": ""}

BREACHES: dict[str, list[Planted]] = {
    "Imports point one way": [
        {"core/domain/planted.py": "import ports.errors"},
        {"ports/planted.py": "import core.application"},
        {"core/application/planted.py": "import adapters._kit"},
        {"adapters/planted/__init__.py": "import entrypoints"},
    ],
    "The domain is pure": [
        {"core/domain/planted.py": "from asyncio import Lock"},
        {"core/domain/planted.py": "def now() -> float:\n    import time\n    return time.time()"},
        {
            "core/domain/planted.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    from sqlalchemy import Table"
        },
    ],
    "Ports and use cases hold no I/O library": [
        {"ports/planted.py": "import httpx"},
        {"core/application/planted.py": "from sqlalchemy import select"},
    ],
    "Adapters know no use case": [
        {
            "core/application/planted.py": "",
            "adapters/planted.py": "import core.application.planted",
        },
    ],
    "Adapters are independent of each other": [
        {**MAPPING, "adapters/other/__init__.py": "from adapters.planted import mapping"},
        {**MAPPING, "adapters/_kit/planted.py": "from adapters.planted import mapping"},
    ],
    "A simulator shares nothing with its adapter's client and mapping": [
        {**CLIENT, "adapters/planted/simulator.py": "from adapters.planted import client"},
        {**MAPPING, "adapters/planted/simulator.py": "from adapters.planted.mapping import x"},
        {
            **MAPPING,
            "adapters/planted/words.py": "import adapters.planted.mapping",
            "adapters/planted/simulator.py": "import adapters.planted.words",
        },
    ],
    "Only the composition root and the sandbox touch adapters": [
        {**CLIENT, "entrypoints/planted.py": "import adapters.planted"},
        {**CLIENT, "entrypoints/planted/routes.py": "import adapters.planted.client"},
    ],
    "No cycles between siblings": [
        {"core/domain/a.py": "import core.domain.b", "core/domain/b.py": "import core.domain.a"},
        {
            **CLIENT,
            "adapters/planted/client.py": "import adapters.planted.mapping",
            "adapters/planted/mapping.py": "import adapters.planted.client",
        },
    ],
}

ALLOWED: Planted = {
    **CLIENT,
    **MAPPING,
    "adapters/_kit/planted.py": "",
    "adapters/planted/config.py": "",
    "adapters/planted/client.py": "import adapters._kit.planted, ports.errors, core.domain",
    "adapters/planted/simulator.py": "import adapters._kit.planted, adapters.planted.config",
    "entrypoints/bootstrap.py": "import adapters.planted, core.application",
    "entrypoints/sandbox.py": "import adapters.planted.simulator",
    "entrypoints/planted.py": "import entrypoints.bootstrap",
}

CASES = [(name, planted) for name, breaches in BREACHES.items() for planted in breaches]


@pytest.mark.parametrize(("contract", "planted"), CASES)
def test_a_breach_is_named(contract: str, planted: Planted, tmp_path: Path) -> None:
    assert contract in broken_contracts(planted, tmp_path)


def test_what_the_design_allows_passes(tmp_path: Path) -> None:
    assert broken_contracts(ALLOWED, tmp_path) == set()


def test_every_contract_has_a_breach() -> None:
    assert {c["name"] for c in CONTRACTS} == set(BREACHES)


def test_every_module_that_may_touch_adapters_is_there() -> None:
    """The linter itself does not mind an exception for a module that has since been renamed."""
    [contract] = [c for c in CONTRACTS if c["type"] == "protected"]
    named = {line.split(" -> ")[0].removesuffix(".**") for line in contract["ignore_imports"]}
    if not (ROOT / "src/entrypoints/bootstrap.py").exists():
        pytest.skip("the composition root is not built yet")
    for module in named:
        path = ROOT / "src" / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").exists(), module


def broken_contracts(planted: Planted, folder: Path) -> set[str]:
    src = folder / "src"
    shutil.copytree(ROOT / "src", src, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in planted.items():
        file = src / name
        for package in file.relative_to(src).parents[:-1]:
            (src / package).mkdir(exist_ok=True, parents=True)
            (src / package / "__init__.py").touch()
        with file.open("a") as f:
            f.write(f"\n{text}\n")
    run = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--no-logo"]
    env = os.environ | {"PYTHONPATH": str(src), "NO_COLOR": "1", "COLUMNS": "200"}
    done = subprocess.run(
        [*run, "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    broken = set(re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE))
    assert re.search(r"^Contracts: \d+ kept, \d+ broken", done.stdout, re.MULTILINE), done.stdout
    assert bool(broken) == bool(done.returncode)
    return broken
