"""No template and no migration that nobody uses: dead text misleads the next reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted([*ROOT.glob("services/*/templates/**/*.*"), *ROOT.glob("kit/web/templates/**/*.*")])
SQL_NAMES = re.compile(r"create (?:unlogged )?table (?:if not exists )?(\w+)", re.IGNORECASE)
SQL_GONE = re.compile(r"(?:alter table (\w+) rename to \w+|drop table (?:if exists )?(\w+))", re.IGNORECASE)


def code_of(folder: Path) -> str:
    files = [*folder.rglob("*.py"), *folder.rglob("*.html"), *folder.rglob("*.txt")]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_template_is_named_somewhere(template: Path) -> None:
    home = next(parent for parent in template.parents if parent.name == "templates")
    name = template.relative_to(home).as_posix()
    around = home.parent if home.parent.name != "web" else ROOT / "kit"
    stem = name.rsplit(".", 1)[0]
    assert re.search(rf"""["']{re.escape(name)}["']|["']{re.escape(stem)}["']""", code_of(around)), f"{name} is used by nothing"


@pytest.mark.parametrize("folder", sorted([*ROOT.glob("services/*/migrations"), ROOT / "kit" / "migrations"]), ids=str)
def test_every_table_is_used_by_its_owner(folder: Path) -> None:
    owner = code_of(folder.parent if folder.parent.name != "kit" else ROOT / "kit")
    written = "\n".join(file.read_text(encoding="utf-8") for file in folder.glob("*.sql"))
    tables = set(SQL_NAMES.findall(written)) - {name for gone in SQL_GONE.findall(written) for name in gone}
    unused = {table for table in tables if not re.search(rf"\b{table}\b", owner)}
    assert unused == set()
