"""Formulas: light, with fences as TeX sets them, breakable where TeX would break them."""

import subprocess

import pytest
from lxml import etree, html

from groundwork_harness.documents import formulas, pandoc


def finished(markdown):
    call = [pandoc.command(), "--to=html5", "--mathml"]
    done = subprocess.run(call, input=markdown, capture_output=True, text=True, check=True)
    root = html.fragment_fromstring(done.stdout, create_parent="div")
    formulas.finish(root)
    return root


def pieces(root):
    return ["".join(m.itertext()) for m in root.xpath('.//*[local-name()="math"]')]


def test_the_source_and_what_html_implies_are_dropped():
    text = etree.tostring(finished(r"$\alpha$"), encoding="unicode")
    assert "annotation" not in text
    assert "semantics" not in text
    assert "xmlns" not in text
    assert "<mi>α</mi>" in text


def test_the_text_is_the_same_before_and_after():
    source = r"If $\lVert T^k v \rVert \le C k^m \rho^k \lVert v \rVert$, then ($n > 1$) it falls."
    root = finished(source)
    assert root.text_content().split() == ["If", "‖Tkv‖≤Ckmρk‖v‖,", "then", "(n>1)", "it", "falls."]


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"a = b", ["a=b"]),  # short: whole
        (r"f(x_1) + g(x_1) \le h(x_2) + k(x_2) = 0", ["f(x1)+g(x1)≤", "h(x2)+k(x2)=0"]),
        (r"\delta = \max(1, \varepsilon, \varepsilon^2, \dots, \varepsilon^n)",
         ["δ=max\u2061(1,ε,ε2,…,εn)"]),  # never inside brackets
    ],
)  # fmt: skip
def test_long_formulas_are_cut_after_relations_outside_brackets(tex, expected):
    assert pieces(finished(f"${tex}$")) == expected


def test_a_relation_at_a_cut_keeps_its_space():
    root = finished(r"$f(x_1) + g(x_1) \le h(x_2) + k(x_2) = 0$")
    (first, _) = root.xpath('.//*[local-name()="math"]')
    assert first[-1].get("form") == "infix"


def test_punctuation_and_brackets_are_tied_on():
    root = finished("Now ($n > 1$), and $k$; so.")
    tied = [span.text_content() for span in root.xpath('.//span[@class="tied"]')]
    assert tied == ["(n>1),", "k;"]


def test_displayed_formulas_stay_whole_and_scroll():
    root = finished("$$ f(x_1) + g(x_1) \\le h(x_2) + k(x_2) = 0 $$")
    assert len(root.xpath('.//span[@class="scroll math-scroll"]/math')) == 1


def test_fences_grow_only_where_tex_was_told():
    low = finished(r"$\lVert T^k \rVert$").xpath('.//*[local-name()="mo"]/@stretchy')
    tall = finished(r"$\left\lVert \frac{a}{b} \right\rVert$").xpath(
        './/*[local-name()="mo"]/@stretchy'
    )
    assert set(low) == {"false"}
    assert "true" in tall


@pytest.mark.parametrize(
    ("tex", "thin"),
    [
        (r"\log x", 1),  # behind, before a letter
        (r"n\log n", 2),
        (r"\log\det A", 2),
        (r"\log_2 n", 1),
        (r"2\max(a, b)", 1),  # none before a bracket
        (r"a + \exp(-x)", 0),
        (r"\mathrm{KL}", 0),  # a word
    ],
)
def test_functions_keep_their_thin_spaces(tex, thin):
    assert len(finished(f"${tex}$").xpath(".//mspace")) == thin


@pytest.mark.parametrize("tex", [r"$\log_2 n$", r"$\min_i D_i$", r"$$\min_i D_i$$"])
def test_the_space_stands_behind_what_is_set_below_a_function(tex):
    (space,) = finished(tex).xpath(".//mspace")
    assert space.getparent().tag == "mrow"
    assert space.getprevious().tag in ("msub", "munder")


def test_bars_are_a_norm_and_parallel_is_a_relation():
    (math,) = finished(r"$\|x\| + (q \parallel r)$").xpath('.//*[local-name()="math"]')
    assert math.text_content().count("‖") == 2
    assert math.text_content().count("∥") == 1


def shown(tex):
    """A formula as a page shows it."""
    root = html.fragment_fromstring(pandoc.inline_html(f"${tex}$"), create_parent="div")
    formulas.finish(root)
    return "".join(root.itertext())


def test_bold_letters_are_upright():
    assert "𝐑" in shown(r"\mathbf{R}")
    assert "𝐱" in shown(r"\mathbf{x}")
    assert "𝑹" in shown(r"\boldsymbol{R}")


def test_pandoc_still_makes_them_italic():
    """Red when pandoc mends it: `formulas._upright` can then go."""
    assert "𝑹" in pandoc.inline_html(r"$\mathbf{R}$")
