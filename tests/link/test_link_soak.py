"""The long run's own judgement, and a short run of it."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "soak.py"


@pytest.fixture(scope="module")
def soak():
    spec = spec_from_file_location("emv_soak", SCRIPT)
    module = module_from_spec(spec)
    sys.modules["emv_soak"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["emv_soak"]


def curve(soak, times, memory):
    return [soak.Block(ms, kib) for ms, kib in zip(times, memory, strict=True)]


def test_flat_curves_are_flat(soak):
    warm_up = [9.0, 1.0, *[1.0] * 18]
    verdict = soak.judge(curve(soak, warm_up, [1000, 30_000, *[30_100] * 18]))
    assert verdict.flat


def test_growing_memory_is_not(soak):
    verdict = soak.judge(curve(soak, [1.0] * 20, range(30_000, 50_000, 1000)))
    assert not verdict.flat
    assert verdict.growth_kib > soak.GROWTH_KIB


def test_growing_time_is_not(soak):
    verdict = soak.judge(curve(soak, [1 + number / 20 for number in range(20)], [30_000] * 20))
    assert not verdict.flat
    assert verdict.slower > soak.SLOWER


def test_short_run(soak, capsys):
    blocks = soak.long_run(soak.Transactions("mastercard-debit"), 60, "transaction")
    assert len(blocks) == soak.BLOCKS
    assert all(block.median_ms > 0 and block.rss_kib > 0 for block in blocks)
    assert "transaction" in capsys.readouterr().err


def test_descriptors_that_stay_open_are_noticed(soak):
    blocks = [soak.Block(1.0, 30_000, 1.0, 1.0, 10 + number) for number in range(20)]
    verdict = soak.judge(blocks)
    assert verdict.descriptors > 0
    assert not verdict.flat
