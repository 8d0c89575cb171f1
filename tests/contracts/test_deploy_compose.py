"""One machine's containers are the processes of a local run, with what each needs and no more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deploy.compose import keys
from tests.deployment import COMPOSE, DEPLOY, PROCESSES, compose, composed, unknown_variables

AROUND = {"keys", "databases", "topics", "migrations", "kafka", "postgres", "gateway", "collector", "console"}
OBSERVE = {"prometheus", "alertmanager", "grafana"}
OPERATE = {"verify"}
TASKS = ("keys", "databases", "topics", "migrations")
OURS = [*PROCESSES, "console", *TASKS, *OPERATE]


def containers() -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"]
    return found


def files_of(name: str) -> dict[str, str]:
    """Where volumes of a container are mounted → their names."""
    return {volume["target"]: volume.get("source", "") for volume in containers()[name].get("volumes", [])}


def test_compose_takes_it() -> None:
    assert composed("config", "-q").returncode == 0


def test_compose_refuses_what_is_wrong(tmp_path: Path) -> None:
    text = (COMPOSE / "compose.yaml").read_text()
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(text.replace("    mem_limit: 384m", "    memory_limit: 384m", 1))
    assert composed("config", "-q", file=wrong).returncode != 0


def test_the_same_processes_as_a_local_run_and_nothing_else() -> None:
    assert set(containers()) == {*PROCESSES, *AROUND, *OBSERVE, *OPERATE}
    assert {name for name, each in containers().items() if each.get("profiles") == ["operate"]} == OPERATE
    assert {name for name, each in containers().items() if each.get("profiles") == ["observe"]} == OBSERVE
    started = {name: tuple(containers()[name]["command"]) for name in PROCESSES}
    assert started == {name: ("run", service, "--role", role) for name, (service, role) in PROCESSES.items()}


@pytest.mark.parametrize("name", OURS)
def test_every_setting_is_read_by_what_is_told_of_it(name: str) -> None:
    container = containers()[name]
    entry = container.get("entrypoint")
    module = entry[-1] if entry else "cli.verify" if name in OPERATE else None
    assert unknown_variables(set(container.get("environment", {})), module) == set()


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_a_process_comes_to_kafka_and_postgres_as_its_service(name: str) -> None:
    service, _ = PROCESSES[name]
    told = containers()[name]["environment"]
    assert told["MACS_SERVICE"] == told["MACS_KAFKA_USER"] == told["OTEL_SERVICE_NAME"] == service
    assert told["MACS_DATABASE"] == f"postgresql://{service}@postgres:5432/{service}"
    assert "MACS_DATABASE_OWNER" not in told
    assert files_of(name)["/run/secrets/macs"] == f"keys-{service}"


@pytest.mark.parametrize("name", OURS)
def test_no_password_is_told_and_every_secret_is_a_file_that_is_handed_out(name: str) -> None:
    told: dict[str, str] = containers()[name].get("environment", {})
    assert not [value for value in told.values() if "://" in value and ":" in value.split("://")[1].split("/")[0].rpartition("@")[0]]
    named = {
        Path(value).name
        for variable, value in told.items()
        if value.startswith("/run/secrets/macs/") and variable.endswith(("_FILE", "_CA"))
    }
    folder = files_of(name).get("/run/secrets/macs", "").removeprefix("keys-")
    if folder not in {"", "setup"}:
        assert named <= {copy.name for copy in keys.handed_out()[folder]}


def test_what_is_handed_out_has_its_volume_and_its_reader() -> None:
    handed = {f"keys-{folder}" for folder in keys.handed_out()} | {"keys-kafka", "keys-setup"}
    assert handed == {name.removeprefix("macs_") for name in compose()["volumes"] if name.startswith("keys-")}
    assert set(files_of("keys").values()) == handed
    read = {volume for name in containers() if name != "keys" for volume in files_of(name).values() if volume.startswith("keys-")}
    assert read == handed


@pytest.mark.parametrize("name", sorted({*PROCESSES, *AROUND, *OBSERVE, *OPERATE}))
def test_every_container_is_bounded_and_closed(name: str) -> None:
    container = containers()[name]
    assert container["mem_limit"]
    assert container["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in container["security_opt"]
    if name not in {"kafka", "postgres"}:  # their images write beside their data
        assert container["read_only"] is True
    assert not container.get("privileged")


@pytest.mark.parametrize("name", sorted({*PROCESSES, "console"}))
def test_nothing_starts_before_what_it_stands_on(name: str) -> None:
    waits = {other: how["condition"] for other, how in containers()[name]["depends_on"].items()}
    assert waits == {
        "kafka": "service_healthy", "postgres": "service_healthy",
        "topics": "service_completed_successfully", "migrations": "service_completed_successfully",
    }  # fmt: skip
    assert containers()["migrations"]["depends_on"]["databases"]["condition"] == "service_completed_successfully"


def test_only_the_gateway_and_the_observers_are_reached_from_outside() -> None:
    opened = {name for name, container in containers().items() if container.get("ports")}
    assert opened == {"gateway", "prometheus", "grafana"}
    assert {port["host_ip"] for name in opened for port in containers()[name]["ports"]} == {"127.0.0.1"}
    assert compose()["networks"]["inside"]["internal"] is True
    assert {name for name in PROCESSES if "outside" in containers()[name]["networks"]} == {"directory-all", "events-all", "notify-all"}


def test_data_outlives_its_container() -> None:
    assert files_of("kafka")["/var/lib/kafka/data"] == "kafka"
    assert files_of("postgres")["/var/lib/postgresql"] == "postgres"
    assert files_of("ingest-web")["/data"] == files_of("ingest-worker")["/data"] == "ingest"


def test_every_file_that_is_mounted_is_here() -> None:
    mounted = [volume["source"] for each in containers().values() for volume in each.get("volumes", []) if volume["type"] == "bind"]
    assert mounted
    assert [source for source in mounted if not Path(source).exists()] == []
    assert all(Path(source).is_relative_to(DEPLOY.parent) for source in mounted)


def test_the_example_names_what_is_asked_for_and_holds_no_secret() -> None:
    import re

    asked = set(re.findall(r"\$\{(\w+)", (COMPOSE / "compose.yaml").read_text()))
    example = dict(line.split("=", 1) for line in (COMPOSE / ".env.example").read_text().splitlines() if line and not line.startswith("#"))
    assert asked - set(example) == {"GATEWAY_PROBE"}
    assert set(example) - asked == set()
    assert [name for name in example if re.search("PASSWORD|KEY|SECRET", name)] == ["SMTP_PASSWORD_FILE"]
