"""Prose lint: planted faults of each kind are found, and honest prose passes."""

import json

import pytest

from groundwork_harness.pipeline import closure, prose_lint

PROSE = """---
title: "A page 5 s long"
---

## Heading {#sec-a width=50%}

The energy is `{python} claim("room.step.energy")` of the whole, 10 layers, in 2026, on page 3.
The bound is $x < 5\\,\\text{s}$ and $$y = 3 \\%$$ {#eq-y}.

```{python}
#| label: cell
print("12 % of 3 s")
```

As [1.4697 s]{.given} [@nanogpt] says, [a link](https://example.org/5%20s) and `4 ms` of code.
"""


@pytest.fixture
def documents(tmp_path):
    folder = tmp_path / "documents"
    (folder / "posts" / "a").mkdir(parents=True)
    return folder


def write(documents, text):
    path = documents / "posts" / "a" / "index.qmd"
    path.write_text(text)
    return path


def test_honest_prose_passes(documents):
    assert list(prose_lint.check_prose(write(documents, PROSE), documents)) == []


@pytest.mark.parametrize(
    "fault",
    ["90 %", "90%", "1.5×", "3 × faster", "12.5 GB/s", "4 ms", "2,000 tokens/s", "7 minutes",
     "about 30 s", "1.3 bits per character", "−4.2 dB", "16 GiB", "800 GFLOPS", "5\u00a0%",
     "2 times faster", "1e3 bytes", "20 percent", "3 h"],
)  # fmt: skip
def test_a_hand_typed_number_is_found_with_its_line(documents, fault):
    path = write(documents, PROSE + f"\nIt took\nus {fault} in all.\n")
    (found,) = prose_lint.check_prose(path, documents)
    assert found.kind == "hand-typed"
    assert found.where == "posts/a/index.qmd:18"


@pytest.mark.parametrize(
    "honest",
    [
        "3 layers",
        "in 2026 seven",
        "ResNet-20 has",
        "10^4 cases",
        "a 2 × 3 matrix",
        "64 × 576",
        "5 and 6",
    ],
)
def test_plain_counts_pass(documents, honest):
    assert (
        list(prose_lint.check_prose(write(documents, PROSE + f"\nSee {honest}.\n"), documents))
        == []
    )


def test_a_given_number_needs_its_source(documents):
    path = write(documents, PROSE + "\nOthers report [5 %]{.given}.\n")
    (found,) = prose_lint.check_prose(path, documents)
    assert (found.kind, found.where) == ("uncited", "posts/a/index.qmd:17")


@pytest.fixture
def house(tmp_path, documents, monkeypatch):
    """A tree with one step, its result, and a document that shows its claim."""
    from groundwork_harness.pipeline import closure, syntax, tree

    for module in (closure, syntax, prose_lint, tree):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(closure, "SOURCES", tmp_path / "src")
    closure.forget()
    (tmp_path / "requirements.lock").write_text("")
    script = tmp_path / "workflow" / "steps" / "room" / "step.py"
    script.parent.mkdir(parents=True)
    script.write_text("X = 1\n")
    result = tmp_path / "results" / "laptop" / "room" / "step.json"
    result.parent.mkdir(parents=True)
    origin = {
        "script": "workflow/steps/room/step.py",
        "code": closure.of(script).digest,
        "settings": {"seed": 0},
    }
    result.write_text(json.dumps({"claims": {"energy": {"value": 1}}, "provenance": origin}))
    yield tmp_path, {"room": {"step": {"seed": 0}}}, write(documents, PROSE), result, script
    closure.forget()


def kinds(house, documents, config=None):
    root, known, path, *_ = house
    found = prose_lint.check_claims(root / "results" / "laptop", [path], config or known, documents)
    return [finding.kind for finding in found]


def test_known_and_current_claims_pass(house, documents):
    assert kinds(house, documents) == []


def test_an_unknown_claim_is_a_fault(house, documents):
    path = house[2]
    path.write_text(PROSE.replace("step.energy", "step.energie"))
    assert kinds(house, documents) == ["unknown", "unused"]
    house[3].unlink()
    assert kinds(house, documents) == ["unknown"]


def test_a_setting_that_the_result_was_made_without_is_a_fault(house, documents):
    path = house[2]
    path.write_text(PROSE + '\nSeed `{python} setting("room.step.seed")`.\n')
    assert kinds(house, documents) == []
    assert kinds(house, documents, {"room": {"step": {"seed": 1}}}) == ["stale", "stale"]
    path.write_text(PROSE + '\nSeed `{python} setting("room.step.sed")`.\n')
    assert kinds(house, documents) == ["unknown"]


def test_changed_code_or_settings_make_a_claim_stale(house, documents):
    assert kinds(house, documents, {"room": {"step": {"seed": 1}}}) == ["stale"]
    house[4].write_text("X = 2\n")
    closure.forget()
    assert kinds(house, documents) == ["stale"]


def test_an_unused_claim_only_warns(house, documents):
    record = json.loads(house[3].read_text())
    record["claims"]["spare"] = {"value": 2}
    house[3].write_text(json.dumps(record))
    root, config, path, *_ = house
    (found,) = prose_lint.check_claims(root / "results" / "laptop", [path], config, documents)
    assert found.kind == "unused"
    assert found.warns
    assert "room.step.spare" in str(found)


def test_a_draft_may_ask_for_claims_that_are_not_made_yet(house, documents):
    root, known, path, result, _ = house
    result.write_text(result.read_text().replace("energy", "other"))

    def faults():
        found = prose_lint.check(documents, root / "results" / "laptop", known)
        return [finding.kind for finding in found if not finding.warns]

    assert "unknown" in faults()
    path.write_text(path.read_text().replace("---\n", "---\ndraft: true\n", 1))
    assert "unknown" not in faults()
