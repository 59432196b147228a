"""The instruments: curves, counters' output, turns."""

import shutil
import time
from pathlib import Path

import pytest

from groundwork.matmul import block_speed, cache_sizes, fma_peak, load_latency, read_bandwidth
from groundwork.matmul.bench import speed, turns
from groundwork.matmul.io import (
    COMMON,
    Counts,
    cachegrind,
    geometry,
    parse_cachegrind,
    parse_perf,
    reported_caches,
    simulable,
)
from groundwork.matmul.theory import Cache

KIB = 1024


def test_cache_sizes_are_read_off_a_curve():
    sizes = [8, 16, 24, 32, 40, 48, 64, 256, 512, 1024, 1536, 2048, 8192, 32768, 65536]
    times = [1, 1, 1, 1, 2, 3, 3.5, 3.6, 3.7, 3.9, 8, 12, 13, 14, 90]
    assert cache_sizes(sizes, times) == [32, 1024, 32768]
    assert cache_sizes(sizes, [1.0] * len(sizes)) == []


def test_a_small_rise_is_not_a_cache():
    assert cache_sizes([1, 2, 3, 4], [1.0, 1.2, 1.2, 1.2]) == []


def test_the_instruments_measure_something_possible():
    assert fma_peak(20_000) > 1e8
    assert 1e-11 < load_latency(8 * KIB, 20_000) < 1e-6
    assert read_bandwidth(8 * KIB, 1 << 22) > 1e8
    assert 1e8 < block_speed(96, 64, 64, 20) < 1.2 * max(fma_peak(20_000) for _ in range(5))


def test_the_instruments_refuse_nonsense():
    with pytest.raises(ValueError, match="two lines"):
        load_latency(64, 10)
    with pytest.raises(ValueError, match="one page"):
        read_bandwidth(100, 10)
    with pytest.raises(ValueError, match="at least one row"):
        block_speed(0, 1, 1, 1)


def test_reported_caches(tmp_path):
    entries = {
        "index0": ("1", "Data", "48K", "12"),
        "index1": ("1", "Instruction", "32K", "8"),
        "index2": ("2", "Unified", "2048K", "16"),
    }
    for index, words in entries.items():
        (tmp_path / index).mkdir()
        names = ("level", "type", "size", "ways_of_associativity")
        for name, word in zip(names, words, strict=True):
            (tmp_path / index / name).write_text(word + "\n")
    assert reported_caches(tmp_path) == {1: Cache(48 * KIB, 12), 2: Cache(2048 * KIB, 16)}
    assert reported_caches(tmp_path / "absent") == {}
    assert set(geometry()) == set(COMMON)


def test_geometries_are_cut_to_what_cachegrind_takes():
    """A last level of 480 MiB has 491,520 sets, which it refuses."""
    for cache in (Cache(32 * KIB, 8), Cache(48 * KIB, 12), COMMON[3]):
        assert simulable(cache) == cache
    assert simulable(Cache(480 << 20, 16)) == Cache(256 << 20, 16)
    if shutil.which("valgrind") is None:
        pytest.skip("no valgrind; on Debian: apt-get install valgrind")
    caches = {level: simulable(cache) for level, cache in geometry().items()}
    for shape in (caches, caches | {3: simulable(Cache(480 << 20, 16))}):
        assert cachegrind(Path("/bin/true"), [], shape).references > 1000


def test_cachegrind_output_is_parsed():
    text = """
    ==1== D   refs:        1,633,720  (441,623 rd   + 192,097 wr)
    ==1== D1  misses:         27,211  ( 12,789 rd   +  14,422 wr)
    ==1== LLd misses:         20,841  (  7,305 rd   +  13,536 wr)
    """
    assert parse_cachegrind(text) == Counts(1_633_720, 27_211, 20_841)
    assert Counts(5, 4, 3) - Counts(1, 1, 1) == Counts(4, 3, 2)
    with pytest.raises(RuntimeError, match="D"):
        parse_cachegrind("valgrind: no such tool")


def test_perf_output_is_parsed_and_its_absence_is_not_a_zero():
    assert parse_perf("12345,,L1-dcache-load-misses:u,1000,100.00,,\n") == 12345
    assert parse_perf("<not supported>,,L1-dcache-load-misses,0,100.00,,\n") is None
    assert parse_perf("") is None


def test_rivals_take_turns_and_slow_ones_run_once_a_sample():
    calls: list[str] = []
    rivals = {name: (lambda name=name: calls.append(name)) for name in "ab"}
    samples = turns(rivals, repeats=3, seconds=0.0)
    assert "".join(calls) == "ab" + "ab" + "ba" + "ab"
    assert {name: len(found) for name, found in samples.items()} == {"a": 3, "b": 3}


def test_a_sample_waits_until_a_rivals_threads_sleep(monkeypatch):
    naps = []
    monkeypatch.setattr(time, "sleep", naps.append)
    # Processor time grows while another thread spins: for three naps, then no more.
    monkeypatch.setattr(time, "process_time", lambda: float(min(len(naps), 3)))
    turns({"only": lambda: None}, repeats=1, seconds=0, pause=60.0)
    assert len(naps) == 4


def test_speed_is_a_median_with_quartiles():
    found = speed(10.0, [1.0, 2.0, 5.0])
    assert (found.value, found.n) == (5.0, 3)
    assert found.spread[0] <= found.value <= found.spread[1]
