"""What the documents say about the house is true of the house."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from adapters.registry import ADAPTERS
from core.domain.events.catalogue import CATALOGUE
from core.domain.ids import PREFIXES

ROOT = Path(__file__).parents[2]
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_CODE_PATH = re.compile(
    r"`((?:src|tests|contracts|fixtures|docs|bench|core|ports|adapters|entrypoints)/[\w/.]+)`"
)


def _documents() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


@pytest.mark.parametrize("page", _documents(), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_and_path_leads_somewhere(page: Path) -> None:
    text = page.read_text()
    links = [t for t in _LINK.findall(text) if not t.startswith(("http://", "https://"))]
    broken = [t for t in links if not (page.parent / t).exists()]
    broken += [
        t
        for t in _CODE_PATH.findall(text)
        if not ((ROOT / t).exists() or (ROOT / "src" / t).exists())
    ]

    assert broken == []


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


def test_every_adapter_has_a_page() -> None:
    missing = [n for n in ADAPTERS if not (ROOT / f"docs/adapters/{n}.md").exists()]

    assert missing == []


def test_the_glossary_names_every_id_prefix() -> None:
    text = (ROOT / "docs/glossary.md").read_text()
    unnamed = [p for p in PREFIXES if p not in ("key", "req") and f"`{p}_`" not in text]

    assert unnamed == []


def test_the_map_leads_through_a_booking_in_six_files() -> None:
    section = (ROOT / "docs/map.md").read_text().split("## Rooms")[0]

    assert len(re.findall(r"^\d\. ", section, re.MULTILINE)) == 6


def test_partners_can_read_about_every_event() -> None:
    text = (ROOT / "docs/webhooks.md").read_text()
    missing = [t.name for t in CATALOGUE.values() if f"| `{t.name}` | {t.means} |" not in text]

    assert missing == []
