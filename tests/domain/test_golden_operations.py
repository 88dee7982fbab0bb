"""Operations as they were once on the wire are read and judged for ever: old clients go on to send them."""

import json

import pytest

from agent_desktop.domain.operations import KINDS, decode_payload, encode_payload
from agent_desktop.domain.records import to_plain
from tests.golden.golden_operations import Golden, read

FILES = read()
files = pytest.mark.parametrize("golden", FILES, ids=lambda golden: f"{golden.kind}.{golden.version}")
VERSIONS = {kind.name: kind.version for kind in KINDS}


def test_each_version_of_each_kind_has_a_file() -> None:
    wanted = {(name, version) for name, last in VERSIONS.items() for version in range(1, last + 1)}
    there = {(golden.kind, golden.version) for golden in FILES}
    assert there == wanted, "python -m tests.golden.golden_operations writes what is missing"
    assert all(golden.path.exists() for golden in FILES)


@files
def test_it_is_judged_as_ever(golden: Golden) -> None:
    assert golden.judged() == golden.verdict


@files
def test_it_says_what_it_said(golden: Golden) -> None:
    """The present version keeps every value of its file; what was added since has a default."""
    payload = decode_payload(golden.kind, golden.version, json.dumps(golden.payload))
    assert decode_payload(golden.kind, VERSIONS[golden.kind], encode_payload(payload)) == payload
    if golden.version == VERSIONS[golden.kind]:
        plain = to_plain(payload)
        assert {name: plain[name] for name in golden.payload} == golden.payload
