"""Every model that the onnx package ships or builds: imported or refused by name, never a traceback.

Not collected with the other tests, as it takes minutes and the onnx package. Run it by hand:

    pip install onnx
    python -m pytest tests/scheduler/onnx_cases.py -s
"""

import re
import time
import warnings
from collections import Counter
from pathlib import Path

import pytest

from groundwork.scheduler import Graph, schedule
from groundwork.scheduler.onnx_import import of_onnx

onnx = pytest.importorskip("onnx")
NAMED = re.compile(r"^(value|dimension|node|input) '|^node '")
ADVICE = re.compile(r"is open; set it, as in --dim ('?)(.*)=8\1")


def cases() -> dict[str, bytes]:
    """Backend node cases, built by the package, and the model files in it."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of NumPy, on cases that overflow on purpose
        found = {c.name: c.model.SerializeToString() for c in load_model_tests(kind="node")}
    folder = Path(onnx.__file__).parent / "backend" / "test" / "data"
    files = sorted(folder.rglob("*.onnx"))
    return found | {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def models() -> dict[str, bytes]:
    found = cases()
    assert len(found) > 1500
    assert sum("light_" in name for name in found) >= 9
    return found


def planned(graph: Graph) -> None:
    found = schedule(graph, "greedy-free")
    assert sorted(found.order) == sorted(graph.ids)
    assert len(set(graph.ids)) == len(graph)
    assert Graph.from_dict(graph.to_dict()).to_dict() == graph.to_dict()


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("infer", [False, True])
def test_every_model_is_imported_or_refused_by_name(models: dict[str, bytes], infer: bool) -> None:
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    begin = time.perf_counter()
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        for name, data in models.items():
            outcome, reason = followed(data, infer)
            counts[outcome] += 1
            reasons[re.sub("'[^']*'", "…", reason)] += 1
            assert outcome != "refused" or NAMED.match(reason), (name, reason)
    print(f"\ninfer={infer}: {len(models)} models, {time.perf_counter() - begin:.0f} s, {counts}")
    print(f"notes: {len(notes)}")
    for reason, count in reasons.most_common():
        print(f"{count:5d}  {reason}")


def followed(data: bytes, infer: bool) -> tuple[str, str]:
    """Import and plan, setting each dimension that a refusal advises to set."""
    dims: dict[str, int] = {}
    while True:
        try:
            planned(of_onnx(data, dims, infer_shapes=infer))
            return ("imported after --dim" if dims else "imported"), ""
        except ValueError as problem:
            advice = ADVICE.search(str(problem))
            if advice is None or advice[2] in dims:
                return "refused", str(problem)
            dims[advice[2]] = 8
