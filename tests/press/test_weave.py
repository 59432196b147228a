"""Weaving: cells split safely, two runners that agree, failures that say where."""

import time

import pytest

from groundwork_harness.documents import lookup
from groundwork_harness.documents.document import Refused, expanded, read
from groundwork_harness.documents.inputs import inputs
from groundwork_harness.documents.weave import only_looks_up, split, weave

FOUR = """Before.

````markdown
```{python}
#| label: shown-not-run
1 / 0
```
Inline `{python} 1 / 0` too.
````

```{python}
#| label: run
#| echo: false
6 * 7
```

After `{python} 1 + 1` and ``a `{python} 1 / 0` quoted``.
"""


def test_four_backticks_hold_three():
    kinds = [piece.kind for piece in split(FOUR)]
    assert kinds == ["prose", "verbatim", "prose", "cell", "prose"]
    (cell,) = [piece for piece in split(FOUR) if piece.kind == "cell"]
    assert cell.text == "6 * 7"
    assert cell.options == {"label": "run", "echo": False}


def test_pieces_give_the_text_back():
    text = "\n".join(p.text for p in split(FOUR) if p.kind != "cell")
    for line in FOUR.splitlines():
        assert line in text or line in ("```{python}", "#| label: run", "#| echo: false", "6 * 7")


def test_only_cells_and_inline_run(tmp_path):
    woven = weave(FOUR, "x", tmp_path)
    assert "42" in woven
    assert "After 2 and" in woven
    assert woven.count("1 / 0") == 3


@pytest.mark.parametrize("name", ["posts/spectra", "problem-sets/alpha", "rooms/alpha"])
def test_the_kernel_and_this_process_weave_the_same(press, name, monkeypatch):
    monkeypatch.setenv(lookup.VARIABLE, str(press.results))
    document = read(press.qmd(name), press.documents)
    body = expanded(document)
    assert only_looks_up(list(split(body)))
    here, kernel = (weave(body, name, press.folder, kernel=flag) for flag in (False, True))
    assert here == kernel
    assert "{python}" not in here.replace("````markdown\n```{python}", "")


EXPRESSIONS = """
```{python}
#| label: many
print("first")
value = "a * b_c [d]"
value
```

`{python} value` `{python} 3.5` `{python} [1, 2]`
"""


def test_plain_values_agree_too(tmp_path):
    here, kernel = (weave(EXPRESSIONS, "x", tmp_path, kernel=flag) for flag in (False, True))
    assert here == kernel
    assert r"a \* b\_c \[d\]" in here  # text is escaped, as Quarto does


FLUSHED = """
```{python}
#| label: slow
import sys, time
for line in ("one", "two", "three"):
    print(line)
    sys.stdout.flush()
    time.sleep(0.3)
```
"""


def test_what_a_cell_prints_is_one_block_however_it_arrives(tmp_path):
    here, kernel = (weave(FLUSHED, "x", tmp_path, kernel=flag) for flag in (False, True))
    assert here == kernel
    assert "one\ntwo\nthree\n" in kernel


def test_a_tutorial_gets_a_kernel_and_its_imports_are_inputs(press):
    page = press.page("guide/use")
    assert "The answer is 3." in page["body"]
    assert "(3,)" in page["body"]
    assert "groundwork.core.seeds" in page["modules"]
    assert page["modules"] == inputs(press.qmd("guide/use"), press.documents).modules


@pytest.mark.parametrize("kernel", [False, True])
def test_a_failing_cell_is_named(tmp_path, kernel):
    body = "```{python}\n#| label: broken\n1 / 0\n```\n"
    with pytest.raises(Refused, match=r"posts/x: cell 'broken': .*ZeroDivisionError"):
        weave(body, "posts/x", tmp_path, kernel=kernel)


def test_a_failing_lookup_is_named(tmp_path, press, monkeypatch):
    monkeypatch.setenv(lookup.VARIABLE, str(press.results))
    body = (
        "```{python}\n#| label: setup\n#| include: false\n"
        "from groundwork_harness.documents.lookup import claim\n```\n`{python} claim('alpha.spectra.x')`\n"
    )
    with pytest.raises(Refused, match=r"inline .*alpha\.spectra\.x.*has no claim"):
        weave(body, "posts/x", tmp_path)


def test_an_unclosed_fence_is_refused(tmp_path):
    with pytest.raises(Refused, match="never closed"):
        weave("```python\nx = 1\n", "x", tmp_path)


def test_inputs_are_read_from_the_text_alone(press):
    found = inputs(press.qmd("posts/spectra"), press.documents)
    assert found.claims == [f"alpha.spectra.{n}" for n in ("cases", "error", "ratio", "top")]
    assert found.tables == ["alpha.accuracy"]
    assert found.figures == ["alpha/settling", "alpha/spectrum"]
    assert found.steps == ["alpha/spectra.json"]
    assert found.csvs == ["alpha/accuracy.csv"]
    assert [path.name for path in found.bibliography] == ["alpha.bib"]
    shared = inputs(press.qmd("problem-sets/alpha"), press.documents)
    assert [path.name for path in shared.includes] == ["_shared.qmd"]


def test_a_picture_named_in_the_front_matter_is_an_input(press):
    assert inputs(press.qmd("rooms/alpha"), press.documents).figures == ["alpha/spectrum"]


def test_reading_inputs_is_cheap(press):
    path = press.qmd("posts/spectra")
    inputs(path, press.documents)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        inputs(path, press.documents)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.002  # seconds; Snakemake asks this of each document at every start


def test_shown_code_has_its_doubled_braces_single(tmp_path):
    """Both engines run `{python}` or show `{{python}}` as `{python}`; what is run stays apart."""
    body = "````markdown\n```{{python}}\nx\n```\nSay `{{python}} x`.\n````\n\nWrite ``a `{{python}} x` b``."
    woven = weave(body, "x", tmp_path)
    assert woven == body.replace("{{python}}", "{python}")
    assert weave("The mark `{{python}}` itself.", "x", tmp_path) == "The mark `{{python}}` itself."
