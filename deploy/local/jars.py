"""Fetches the pinned jars once, checks each by SHA-512, and keeps them in a cache that every run and test shares."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
Progress = Callable[[str], None]


class JarRefused(Exception):
    """A jar could not be had, or is not the one that was pinned."""


@dataclass(frozen=True)
class Pin:
    group: str
    artifact: str
    version: str
    classifier: str
    sha512: str

    @property
    def file_name(self) -> str:
        return "-".join(filter(None, (self.artifact, self.version, self.classifier))) + ".jar"


def pins(name: str) -> list[Pin]:
    """The pins of `kafka` or `zipkin`."""
    lines = (HERE / f"{name}.jars").read_text().splitlines()
    return [_pin(line) for line in lines if line and not line.startswith("#")]


def _pin(line: str) -> Pin:
    coordinates, sha512 = line.split()
    group, artifact, version, *classifier = coordinates.split(":")
    return Pin(group, artifact, version, "".join(classifier), sha512)


def cache() -> Path:
    """The user's cache; a folder of the temporary directory for a user without a home."""
    chosen = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(chosen) / "macs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    folder = Path(tempfile.gettempdir()) / f"macs-cache-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Two runs that prepare the same thing do it one after the other."""
    with (cache() / f"{name}.lock").open("a") as file:
        flock(file, LOCK_EX)
        yield


def kafka(progress: Progress) -> list[Path]:
    """Kafka's class path. A jar in the folder has been checked: it is moved there only afterwards."""
    folder = cache() / "kafka"
    wanted = pins("kafka")
    with alone("kafka-jars"):
        missing = [pin for pin in wanted if not (folder / pin.file_name).exists()]
        if missing:
            progress(f"Kafka : {len(missing)} bibliothèques à télécharger (44 Mo)")
            folder.mkdir(exist_ok=True)
            _fetch(missing, folder)
    return [folder / pin.file_name for pin in wanted]


def zipkin(progress: Progress) -> list[Path]:
    """Zipkin's class path, taken out of its one large jar: it starts in half the time and can use a class cache."""
    (pin,) = pins("zipkin")
    folder = cache() / f"zipkin-{pin.sha512[:12]}"
    with alone("zipkin-jars"):
        if not folder.exists():
            progress("Zipkin : une archive à télécharger (130 Mo)")
            with tempfile.TemporaryDirectory(dir=cache()) as draft:
                _fetch([pin], Path(draft))
                _unpack(Path(draft) / pin.file_name, Path(draft) / "unpacked")
                (Path(draft) / "unpacked").rename(folder)
    return [folder / "classes.jar", *sorted((folder / "lib").glob("*.jar"))]


def _fetch(wanted: list[Pin], folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=cache()) as downloads, ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda pin: _fetch_one(pin, Path(downloads), folder), wanted):
            pass


def _fetch_one(pin: Pin, downloads: Path, folder: Path) -> None:
    from jgo.maven import MavenContext, PythonResolver

    mirror = os.environ.get("MACS_MAVEN")  # a company's own Maven repository
    context = MavenContext(
        resolver=PythonResolver(),
        repo_cache=downloads,
        local_repos=[Path.home() / ".m2" / "repository"],
        remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        timeout=60,
    )
    component = context.project(pin.group, pin.artifact).at_version(pin.version)
    try:
        found = component.artifact(classifier=pin.classifier).resolve()
    except Exception as error:
        raise JarRefused(f"{pin.file_name} n’a pas pu être téléchargé ({error}). Il faut le réseau la première fois.") from error
    if not _matches(found, pin):
        raise JarRefused(f"{found} n’a pas l’empreinte attendue : fichier abîmé ou changé. Supprimez-le et recommencez.")
    draft = folder / f"{pin.file_name}.draft"
    shutil.copyfile(found, draft)
    draft.replace(folder / pin.file_name)


def _matches(file: Path, pin: Pin) -> bool:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha512").hexdigest() == pin.sha512


def _unpack(archive: Path, folder: Path) -> None:
    (folder / "lib").mkdir(parents=True)
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(folder / "classes.jar", "w") as classes:
        for entry in source.infolist():
            inside = entry.filename
            if inside.startswith("BOOT-INF/lib/") and inside.endswith(".jar"):
                (folder / "lib" / Path(inside).name).write_bytes(source.read(entry))
            elif inside.startswith("BOOT-INF/classes/") and not entry.is_dir():
                classes.writestr(inside.removeprefix("BOOT-INF/classes/"), source.read(entry))


def repin() -> None:
    """Resolve Kafka's dependencies anew and write the pins. For maintainers: change the version here, run, look at the difference."""
    from jgo.maven import Dependency, MavenContext, PythonResolver

    context = MavenContext(resolver=PythonResolver())
    roots = [("org.apache.kafka", "kafka_2.13", "4.3.1"), ("org.slf4j", "slf4j-simple", "1.7.36")]
    asked = [Dependency(context.project(group, name).at_version(version).artifact()) for group, name, version in roots]
    inputs, others = context.resolver.resolve(asked)
    zipkin_server = context.project("io.zipkin", "zipkin-server").at_version("3.6.1").artifact(classifier="exec")
    _write_pins("kafka", [each.artifact for each in (*inputs, *others)])
    _write_pins("zipkin", [zipkin_server])


def _write_pins(name: str, artifacts: list[object]) -> None:
    lines = []
    for artifact in artifacts:
        file: Path = artifact.resolve()  # type: ignore[attr-defined] # jgo names its Artifact in a private module
        coordinates = [artifact.groupId, artifact.artifactId, artifact.version, artifact.classifier or ""]  # type: ignore[attr-defined]
        lines.append(f"{':'.join(filter(None, coordinates))} {hashlib.sha512(file.read_bytes()).hexdigest()}")
    heading = "# group:artifact:version[:classifier] and SHA-512, written by `python -m deploy.local.jars`; a jar that differs is refused."
    (HERE / f"{name}.jars").write_text("\n".join([heading, *sorted(lines)]) + "\n")


if __name__ == "__main__":
    repin()
    sys.stdout.write("kafka.jars et zipkin.jars écrits\n")
