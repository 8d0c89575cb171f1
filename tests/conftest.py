"""What every test may ask for. Servers are real: the user's own, containers, or the embedded ones (tests/fixtures/servers.py)."""

from __future__ import annotations

import os
import secrets

import hypothesis
import pytest

pytest_plugins = [
    "tests.fixtures.servers",
    "tests.fixtures.databases",
    "tests.fixtures.topics",
    "tests.fixtures.profile",
    "tests.fixtures.stack",
    "tests.fixtures.browser",
]

hypothesis.settings.register_profile("short", max_examples=50, deadline=None, print_blob=True)
hypothesis.settings.register_profile("long", max_examples=500, deadline=None, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the long tier: the full numbers")
    parser.addoption("--seed", type=int, default=None, help="the seed of an earlier run, to see it again")


def pytest_configure(config: pytest.Config) -> None:
    is_long = config.getoption("--long")
    hypothesis.settings.load_profile("long" if is_long else "short")
    if not hasattr(config, "workerinput"):
        seed = config.getoption("--seed")
        os.environ["MACS_TEST_SEED"] = str(secrets.randbelow(2**31) if seed is None else seed)


def pytest_report_header(config: pytest.Config) -> str:
    tier = "long" if config.getoption("--long") else "short"
    return f"tier: {tier}, seed: {os.environ['MACS_TEST_SEED']} (see it again with --seed)"


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Bytes are named by what they are for: a packed file holds the second at which it was made, and two workers must find the same names."""
    del config
    return argname if isinstance(val, bytes) else None


def pytest_itemcollected(item: pytest.Item) -> None:
    """Tests of the whole stack stay on one worker. Marked as they are found: xdist reads the groups before the next hook."""
    if "stack" in getattr(item, "fixturenames", ()):
        item.add_marker(pytest.mark.stack)
        item.add_marker(pytest.mark.xdist_group("stack"))
        item.add_marker(pytest.mark.timeout(1500))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long tier's own tests stay out of the short one; those of the whole stack come first and together, the destructive ones last of each."""
    if not config.getoption("--long"):
        left = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]
    items.sort(key=lambda item: (item.get_closest_marker("stack") is None, "/chaos/" in str(item.path)))


@pytest.fixture(scope="session")
def seed() -> int:
    """Of this run; printed in the header."""
    return int(os.environ["MACS_TEST_SEED"])


@pytest.fixture(autouse=True)
def _no_setting_leaks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own MACS_* must not change what a test says."""
    for name in [name for name in os.environ if name.startswith("MACS_") and not name.startswith("MACS_TEST_")]:
        monkeypatch.delenv(name)
