"""The gate: a message may only change in ways that old readers and old records survive."""

from __future__ import annotations

import json
import warnings
from functools import cache
from typing import Any

import pytest
from pydantic import create_model

from schemas import freezing, topics
from schemas.countings import DeclarationCounted
from schemas.message import Message
from schemas.topics import Topic

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from jsonsubschema import isSubschema


def kept(promise: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What today's shape breaks of a promise; an empty list when nothing."""
    broken = [f"{what} changed" for what in ("key", "partitions") if promise[what] != now[what]]
    for ce_type, then in promise["types"].items():
        today = now["types"].get(ce_type)
        if today is None:
            broken.append(f"{ce_type} is no longer carried")
            continue
        lost = set(then["writer"]["properties"]) - set(today["writer"]["properties"])
        if lost:
            broken.append(f"{ce_type}: {', '.join(sorted(lost))} removed")
        if not fits(today["writer"], then["reader"]):
            broken.append(f"{ce_type}: an old reader refuses what is written now")
        if not fits(then["writer"], today["reader"]):
            broken.append(f"{ce_type}: today's reader refuses what was written then")
    return broken


def fits(written: dict[str, Any], read: dict[str, Any]) -> bool:
    return _fits(json.dumps(written, sort_keys=True), json.dumps(read, sort_keys=True))


@cache
def _fits(written: str, read: str) -> bool:
    """Most promises of a topic have the same shape of most of its messages, and each answer takes a tenth of a second."""
    return bool(isSubschema(json.loads(written), json.loads(read)))


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.name)
def test_every_promise_ever_made_is_kept(topic: Topic) -> None:
    promises = freezing.frozen(topic)
    assert promises, f"{topic.name} was never frozen: run ./macs export schemas"
    for name, promise in promises:
        assert kept(promise, freezing.snapshot(topic)) == [], name


@pytest.mark.parametrize("topic", topics.ALL, ids=lambda topic: topic.name)
def test_the_last_promise_is_todays_shape(topic: Topic) -> None:
    assert freezing.frozen(topic)[-1][1] == json.loads(json.dumps(freezing.snapshot(topic))), "run ./macs export schemas"


def changed(change: type[Message]) -> dict[str, Any]:
    """The snapshot of `countings` as if DeclarationCounted were another class."""
    name = topics.COUNTINGS.type_name(DeclarationCounted)
    return {**freezing.snapshot(topics.COUNTINGS), "types": {name: {"writer": freezing.writer(change), "reader": freezing.reader(change)}}}


def without(field: str) -> type[Message]:
    fields: dict[str, Any] = {name: (f.annotation, f) for name, f in DeclarationCounted.model_fields.items() if name != field}
    made: type[Message] = create_model("DeclarationCounted", __base__=Message, **fields)
    return made


def with_field(name: str, annotation: Any, default: Any) -> type[Message]:
    field: Any = (annotation, default)
    return create_model("DeclarationCounted", __base__=DeclarationCounted, **{name: field})


def test_the_gate_is_red_on_a_removed_field() -> None:
    assert kept(freezing.snapshot(topics.COUNTINGS), changed(without("applied")))


def test_the_gate_is_red_on_a_new_required_field() -> None:
    assert kept(freezing.snapshot(topics.COUNTINGS), changed(with_field("wanted", str, ...)))


def test_the_gate_is_red_on_a_narrowed_type() -> None:
    promise = changed(with_field("note", str | None, None))
    assert kept(promise, changed(with_field("note", int | None, None)))


def test_the_gate_is_red_on_another_key_or_another_number_of_partitions() -> None:
    promise = freezing.snapshot(topics.COUNTINGS)
    assert kept(promise, {**promise, "partitions": 12}) == ["partitions changed"]
    assert kept(promise, {**promise, "key": "department"}) == ["key changed"]


def test_the_gate_is_green_on_a_new_optional_field() -> None:
    assert kept(freezing.snapshot(topics.COUNTINGS), changed(with_field("note", str | None, None))) == []
