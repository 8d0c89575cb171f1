"""A Deployment for each process, as a local run has them: what it is told, what it may read, when it lives and when it is ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from deploy.kubernetes.names import KAFKA_ADDRESS, KAFKA_AUTHORITY, PORT, POSTGRES_ADDRESS, Manifest, labels, manifest, password_secret
from deploy.local.addresses import present, processes
from deploy.local.roles import PUBLIC_READER, owner_of

IMAGE: Final = "macs"
SECRETS: Final = "/run/secrets/macs"
MEMORY: Final = {
    "directory-all": ("192Mi", "384Mi"), "ingest-web": ("384Mi", "1Gi"), "ingest-worker": ("192Mi", "512Mi"),
    "indicators-web": ("768Mi", "2Gi"), "indicators-worker": ("256Mi", "512Mi"), "events-all": ("384Mi", "1Gi"),
    "notify-all": ("192Mi", "384Mi"), "console": ("128Mi", "256Mi"),
}  # fmt: skip
"""Asked for, and the most."""
WRITES_MAILS: Final = ("directory", "notify")
_KEYS: Final = {"directory": "directory-keys", "ingest": "ingest-keys", "events": "events-keys"}
_ACCOUNT: Final = 10001
_CLOSED: Final = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}


def manifests() -> Iterator[Manifest]:
    for service, role in processes():
        yield from _process(f"{service}-{role}", labels(service, role), service_pod(service, role), reads=role != "web")
    yield from _process("console", labels("console", "web"), _console_pod(), reads=False, replicas=1)


def _process(name: str, own: dict[str, str], pod: dict[str, Any], *, reads: bool, replicas: int = 2) -> Iterator[Manifest]:
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    spec = {"strategy": rolling, "selector": {"matchLabels": own}, "template": {"metadata": {"labels": own}, "spec": pod}}
    # how many processes read is KEDA's to say (scaling.yaml)
    yield manifest("Deployment", "apps/v1", name, labels=own, spec=spec if reads else {"replicas": replicas, **spec})
    port = {"name": "http", "port": PORT, "targetPort": "http"}
    # as in a local run, pages are asked of a process whose readers stand still: what Kafka or a dead-letter limit holds up is not the pages
    yield manifest("Service", "v1", name, labels=own, spec={"selector": own, "ports": [port], "publishNotReadyAddresses": True})
    if replicas > 1:
        spec = {"maxUnavailable": 1, "selector": {"matchLabels": own}}
        yield manifest("PodDisruptionBudget", "policy/v1", name, labels=own, spec=spec)


def service_pod(service: str, role: str) -> dict[str, Any]:
    name = f"{service}-{role}"
    container = _container(service, name, [*_environment(service)], args=["run", service, "--role", role])
    pod = _pod(labels(service, role), container, _secrets(service))
    if service == "ingest":  # procurement files wait here: the web process writes them, the worker reads them
        data = next(volume for volume in pod["volumes"] if volume["name"] == "data")
        data.pop("emptyDir")
        data["persistentVolumeClaim"] = {"claimName": "ingest-data"}
    pod["volumes"].append(
        {
            "name": "owner",
            "secret": {"secretName": password_secret(owner_of(service)), "items": [_item("password", f"{owner_of(service)}.password")]},
        }
    )
    pod["initContainers"] = [_migrations(service), *([_own_keys()] if service == "directory" else [])]
    if service == "directory":  # it takes its private key from a file of its own account alone, which a mounted secret never is
        given = next(volume for volume in pod["volumes"] if volume["name"] == "secrets")
        given["name"] = "given"
        pod["volumes"].append({"name": "secrets", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}})
    return pod


def _console_pod() -> dict[str, Any]:
    environment = [_from_settings("MACS_GATEWAY")]
    for service in present():
        environment += [
            _plain(f"MACS_DATABASE_{service.upper()}", _dsn(service, service)),
            _plain(f"MACS_DATABASE_{service.upper()}_PASSWORD_FILE", f"{SECRETS}/{service}.password"),
        ]
    container = _container("console", "console", environment, command=["python", "-P", "-m", "deploy.console"])
    container["volumeMounts"].append(
        {"name": "addresses", "mountPath": "/data/addresses.json", "subPath": "addresses.json", "readOnly": True}
    )
    pod = _pod(
        labels("console", "web"),
        container,
        [_source(password_secret(service), ("password", f"{service}.password")) for service in present()],
    )
    pod["volumes"].append({"name": "addresses", "configMap": {"name": "console"}})
    return pod


def _environment(service: str) -> Iterator[dict[str, Any]]:
    yield _plain("MACS_SERVICE", service)
    yield _plain("MACS_KAFKA", KAFKA_ADDRESS)
    yield _plain("MACS_KAFKA_USER", service)
    yield _plain("MACS_KAFKA_PASSWORD_FILE", f"{SECRETS}/kafka.password")
    yield _plain("MACS_KAFKA_CA", f"{SECRETS}/kafka.pem")
    yield _plain("MACS_DATABASE", _dsn(service, service))
    yield _plain("MACS_DATABASE_PASSWORD_FILE", f"{SECRETS}/database.password")
    if service == "indicators":
        yield _plain("MACS_DATABASE_PUBLIC", _dsn(service, PUBLIC_READER))
        yield _plain("MACS_DATABASE_PUBLIC_PASSWORD_FILE", f"{SECRETS}/public.password")
    if service == "directory":
        yield _plain("MACS_BOOTSTRAP_KEY_SHA256_FILE", f"{SECRETS}/operator.sha256")
    if service in WRITES_MAILS:
        yield _from_settings("MACS_SMTP")
        yield _plain("MACS_SMTP_PASSWORD_FILE", f"{SECRETS}/smtp.password")
    yield _from_settings("MACS_GATEWAY")
    yield _from_settings("MACS_CONTACT")
    yield _plain("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318")
    yield _plain("OTEL_SERVICE_NAME", service)


def _secrets(service: str) -> list[dict[str, Any]]:
    """What the process may read, by the names under which Compose gives it too."""
    found = [
        _source(service, ("password", "kafka.password")),
        _source(KAFKA_AUTHORITY, ("ca.crt", "kafka.pem")),
        _source(password_secret(service), ("password", "database.password")),
    ]
    if service == "indicators":
        found.append(_source(password_secret(PUBLIC_READER), ("password", "public.password")))
    if service in _KEYS:
        found.append({"secret": {"name": _KEYS[service]}})
    if service in WRITES_MAILS:
        found.append(_source("mail", ("password", "smtp.password"), optional=True))
    return found


def _pod(own: dict[str, str], container: dict[str, Any], secrets: list[dict[str, Any]]) -> dict[str, Any]:
    apart = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": own},
    }
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 30,
        "topologySpreadConstraints": [apart],
        "securityContext": {
            "runAsNonRoot": True, "runAsUser": _ACCOUNT, "runAsGroup": _ACCOUNT, "fsGroup": _ACCOUNT, "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [
            {"name": "tmp", "emptyDir": {"sizeLimit": "2Gi"}},
            {"name": "data", "emptyDir": {"sizeLimit": "1Gi"}},
            {"name": "secrets", "projected": {"defaultMode": 0o440, "sources": secrets}},
        ],
    }  # fmt: skip


def _container(service: str, name: str, environment: list[dict[str, Any]], **start: Any) -> dict[str, Any]:
    asked, most = MEMORY[name]
    return {
        "name": service,
        "image": IMAGE,
        **start,
        "env": environment,
        "ports": [{"name": "http", "containerPort": PORT}],
        "startupProbe": {**_probe("live"), "periodSeconds": 3, "failureThreshold": 60},
        "livenessProbe": {**_probe("live"), "periodSeconds": 15, "timeoutSeconds": 5, "failureThreshold": 4},
        "readinessProbe": {**_probe("ready"), "periodSeconds": 5, "timeoutSeconds": 3},
        "lifecycle": {"preStop": {"sleep": {"seconds": 3}}},
        "resources": {"requests": {"cpu": "100m", "memory": asked}, "limits": {"memory": most}},
        "securityContext": _CLOSED,
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  a volume of the pod's own
            {"name": "data", "mountPath": "/data"},
            {"name": "secrets", "mountPath": SECRETS, "readOnly": True},
        ],
    }


def _migrations(service: str) -> dict[str, Any]:
    """Before the service, as the owner of its database. Several at once wait for each other (an advisory lock)."""
    return {
        "name": "migrations",
        "image": IMAGE,
        "command": ["python", "-P", "-m", "deploy.migrations"],
        "args": [service],
        "env": [_plain("MACS_POSTGRES", f"postgresql://{POSTGRES_ADDRESS}"), _plain("MACS_PASSWORDS", "/run/secrets/owner")],
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "192Mi"}},
        "securityContext": _CLOSED,
        "volumeMounts": [{"name": "owner", "mountPath": "/run/secrets/owner", "readOnly": True}],
    }


def _own_keys() -> dict[str, Any]:
    return {
        "name": "keys",
        "image": IMAGE,
        "command": ["sh", "-c", f"install -m 600 /run/secrets/given/* {SECRETS}/"],
        "resources": {"requests": {"cpu": "10m", "memory": "8Mi"}, "limits": {"memory": "32Mi"}},
        "securityContext": _CLOSED,
        "volumeMounts": [
            {"name": "given", "mountPath": "/run/secrets/given", "readOnly": True}, {"name": "secrets", "mountPath": SECRETS},
        ],
    }  # fmt: skip


def _probe(name: str) -> dict[str, Any]:
    return {"httpGet": {"path": f"/health/{name}", "port": "http"}}


def _dsn(database: str, role: str) -> str:
    return f"postgresql://{role}@{POSTGRES_ADDRESS}/{database}"


def _plain(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value}


def _from_settings(name: str) -> dict[str, Any]:
    """From the ConfigMap that the overlay fills."""
    return {"name": name, "valueFrom": {"configMapKeyRef": {"name": "settings", "key": name}}}


def _source(secret: str, *files: tuple[str, str], optional: bool = False) -> dict[str, Any]:
    """Keys of a secret and the names of their files."""
    found = {"name": secret, "items": [_item(key, file) for key, file in files]}
    return {"secret": {**found, "optional": True} if optional else found}


def _item(key: str, path: str) -> dict[str, str]:
    return {"key": key, "path": path}
