"""Many machines: manifests that a cluster takes, with the processes, topics and rights that the code has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
import yaml

from deploy.kubernetes.scaling import read_by
from deploy.local import kafka_rights, topics
from deploy.local.roles import owner_of, role_names
from tests.deployment import BASE, DEPLOY, PROCESSES, containers_of, manifests, of_kind, unknown_variables, variables_of

STANDARD = {"v1", "apps/v1", "policy/v1", "networking.k8s.io/v1"}
REQUIRED = {
    ("kafka.strimzi.io/v1", "Kafka"): ("kafka.listeners", "entityOperator"),
    ("kafka.strimzi.io/v1", "KafkaNodePool"): ("replicas", "roles", "storage"),
    ("kafka.strimzi.io/v1", "KafkaTopic"): ("partitions", "replicas", "config"),
    ("kafka.strimzi.io/v1", "KafkaUser"): ("authentication.type", "authorization.acls"),
    ("postgresql.cnpg.io/v1", "Cluster"): ("instances", "storage.size", "managed.roles"),
    ("postgresql.cnpg.io/v1", "Database"): ("name", "owner", "cluster.name"),
    ("keda.sh/v1alpha1", "ScaledObject"): ("scaleTargetRef.name", "triggers", "minReplicaCount", "maxReplicaCount"),
    ("keda.sh/v1alpha1", "TriggerAuthentication"): ("secretTargetRef",),
    ("monitoring.coreos.com/v1", "PodMonitor"): ("selector", "podMetricsEndpoints"),
    ("monitoring.coreos.com/v1", "PrometheusRule"): ("groups",),
}
"""Of the operators' own kinds, whose schemas do not come with Kubernetes': what their specification cannot do without."""


def name_of(document: dict[str, Any]) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def deployments() -> dict[str, dict[str, Any]]:
    return {document["metadata"]["name"]: document for document in of_kind("Deployment")}


def pod_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = deployments()[name]["spec"]["template"]["spec"]
    return found


@pytest.mark.parametrize("document", [each for each in manifests() if each["apiVersion"] in STANDARD], ids=name_of)
def test_a_cluster_takes_it(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.34", strict=True)


def test_what_is_wrong_is_refused() -> None:
    wrong = {**of_kind("Deployment")[0], "spec": {**of_kind("Deployment")[0]["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, "1.34", strict=True)


@pytest.mark.parametrize("document", [each for each in manifests() if each["apiVersion"] not in STANDARD], ids=name_of)
def test_an_operators_kind_has_what_it_cannot_do_without(document: dict[str, Any]) -> None:
    for path in REQUIRED[document["apiVersion"], document["kind"]]:
        value = document["spec"]
        for step in path.split("."):
            value = value[step]


def test_no_two_are_the_same_and_every_file_of_the_base_is_named() -> None:
    assert [name for name, n in Counter(map(name_of, manifests())).items() if n > 1] == []
    named = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    files = {str(file.relative_to(BASE)) for file in BASE.rglob("*") if file.is_file()} - {"kustomization.yaml"}
    assert files == {*named["resources"], *(file for made in named["configMapGenerator"] for file in made.get("files", []))}


def test_the_same_processes_as_a_local_run_and_nothing_else() -> None:
    assert set(deployments()) == {*PROCESSES, "console", "gateway", "collector"}
    started = {name: tuple(pod_of(name)["containers"][0]["args"]) for name in PROCESSES}
    assert started == {name: ("run", service, "--role", role) for name, (service, role) in PROCESSES.items()}
    assert pod_of("console")["containers"][0]["command"] == ["python", "-P", "-m", "deploy.console"]


@pytest.mark.parametrize("name", sorted(deployments()))
def test_every_setting_is_read_by_what_is_told_of_it(name: str) -> None:
    for container in containers_of(deployments()[name]):
        if container["image"] == "macs":
            command = container.get("command", [])
            module = command[3] if command[:3] == ["python", "-P", "-m"] else None
            assert unknown_variables(variables_of(container), module) == set()


def settings_asked_for() -> Iterator[str]:
    for deployment in deployments().values():
        for container in containers_of(deployment):
            for variable in container.get("env", []):
                if "valueFrom" in variable:
                    assert variable["valueFrom"]["configMapKeyRef"]["name"] == "settings"
                    yield variable["valueFrom"]["configMapKeyRef"]["key"]


def test_every_setting_that_is_asked_for_is_given_and_the_example_gives_no_other() -> None:
    def given(folder: str) -> set[str]:
        made = yaml.safe_load((DEPLOY / "kubernetes" / folder / "kustomization.yaml").read_text())["configMapGenerator"]
        (literals,) = (each["literals"] for each in made if each["name"] == "settings")
        return {literal.split("=")[0] for literal in literals}

    assert set(settings_asked_for()) == given("base")
    assert given("overlays/example") <= given("base")


@pytest.mark.parametrize("name", sorted(deployments()))
def test_every_pod_is_closed_bounded_and_watched(name: str) -> None:
    pod = pod_of(name)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    for container in containers_of(deployments()[name]):
        closed = container["securityContext"]
        assert (closed["allowPrivilegeEscalation"], closed["readOnlyRootFilesystem"]) == (False, True)
        assert closed["capabilities"]["drop"] == ["ALL"]
        assert {"requests", "limits"} <= set(container["resources"])
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        assert mounted <= {volume["name"] for volume in pod["volumes"]}
    assert {"livenessProbe", "readinessProbe"} <= set(pod["containers"][0])


def secrets_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every reference to a secret, wherever it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "secret" and isinstance(inner, dict):
                yield inner
            yield from secrets_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from secrets_of(inner)


def test_no_secret_is_written_and_the_readme_names_each_that_is_referred_to() -> None:
    assert of_kind("Secret") == []
    referred = {each.get("secretName") or each["name"] for name in deployments() for each in secrets_of(pod_of(name))}
    made_by_strimzi = {*(service for service, _ in PROCESSES.values()), "macs-cluster-ca-cert"}
    roles = {f"postgres-{role.replace('_', '-')}" for role in role_names([service for service, _ in dict.fromkeys(PROCESSES.values())])}
    by_hand = {"directory-keys", "ingest-keys", "events-keys", "mail"}
    assert referred == made_by_strimzi | roles | by_hand
    readme = (DEPLOY / "README.md").read_text()
    assert {name for name in by_hand if name not in readme} == set()


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_only_migrations_come_as_the_owner(name: str) -> None:
    service, _ = PROCESSES[name]
    pod = pod_of(name)
    owner = [
        volume["name"]
        for volume in pod["volumes"]
        if volume.get("secret", {}).get("secretName") == f"postgres-{owner_of(service).replace('_', '-')}"
    ]
    assert owner == ["owner"]
    assert "owner" not in {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
    assert pod["initContainers"][0]["args"] == [service]
    assert {variable["name"] for variable in pod["containers"][0]["env"]}.isdisjoint({"MACS_DATABASE_OWNER"})


def test_topics_are_those_of_the_map() -> None:
    made = {each["metadata"]["name"]: (each["spec"]["partitions"], each["spec"]["config"]) for each in of_kind("KafkaTopic")}
    wanted = {topic.name: (topic.num_partitions, {**topic.topic_configs, "min.insync.replicas": "2"}) for topic in topics.wanted()}
    assert made == wanted


def test_rights_are_those_of_the_map() -> None:
    kinds, patterns, operations = {"topic": 2, "group": 3}, {"literal": 3, "prefix": 4}, {"Read": 3, "Write": 4}
    given = [
        kafka_rights.Right(kinds[acl["resource"]["type"]], acl["resource"]["name"], patterns[acl["resource"]["patternType"]], user["metadata"]["name"], operations[what])
        for user in of_kind("KafkaUser")
        for acl in user["spec"]["authorization"]["acls"]
        for what in acl["operations"]
    ]  # fmt: skip
    assert sorted(given) == kafka_rights.rights()


def test_each_service_has_its_database_and_two_roles() -> None:
    services = sorted({service for service, _ in PROCESSES.values()})
    assert sorted((each["spec"]["name"], each["spec"]["owner"]) for each in of_kind("Database")) == [(s, owner_of(s)) for s in services]
    (cluster,) = of_kind("Cluster")
    assert sorted(role["name"] for role in cluster["spec"]["managed"]["roles"]) == sorted(role_names(services))
    assert not any(role["superuser"] or role["createdb"] or role["createrole"] for role in cluster["spec"]["managed"]["roles"])


def test_more_processes_than_partitions_never_run() -> None:
    scaled = {each["spec"]["scaleTargetRef"]["name"]: each["spec"] for each in of_kind("ScaledObject")}
    assert set(scaled) == {name for name, (_, role) in PROCESSES.items() if role != "web"}
    for name, spec in scaled.items():
        service, _ = PROCESSES[name]
        read = {topic.name: topic.partitions for topic in read_by(service)}
        assert {trigger["metadata"]["topic"] for trigger in spec["triggers"]} == set(read)
        assert {trigger["metadata"]["consumerGroup"] for trigger in spec["triggers"]} == {f"{service}.{topic}" for topic in read}
        assert 2 <= spec["minReplicaCount"] <= spec["maxReplicaCount"] == max(read.values())
        assert "replicas" not in deployments()[name]["spec"], "two would say how many"


def test_every_service_is_found_and_survives_a_node() -> None:
    found = {each["metadata"]["name"]: each["spec"]["selector"] for each in of_kind("Service")}
    assert set(found) == set(deployments())
    for name, selector in found.items():
        assert selector.items() <= deployments()[name]["spec"]["template"]["metadata"]["labels"].items()
    assert {each["metadata"]["name"] for each in of_kind("PodDisruptionBudget")} == {*PROCESSES, "gateway"}


def test_everything_of_ours_is_closed_to_the_network_first() -> None:
    (closed,) = (each["spec"] for each in of_kind("NetworkPolicy") if each["metadata"]["name"] == "nothing-else")
    assert closed == {"podSelector": {"matchLabels": {"app.kubernetes.io/part-of": "macs"}}, "policyTypes": ["Ingress", "Egress"]}
    assert all(each["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/part-of"] == "macs" for each in of_kind("Deployment"))
