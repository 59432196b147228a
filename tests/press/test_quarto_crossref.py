"""Quarto's reference page of cross-references, construct by construct.

Each is rendered with the text that the page tells, or refused with what to write instead. Order as on
that page: figures, tables, equations, sections, listings, theorems and proofs, references, options.
"""

import pytest
from lxml import html

from groundwork_harness.documents import render
from groundwork_harness.documents.document import Refused

HEAD = "---\ntitle: A trial\ndescription: What it is.\ndate: 2026-01-02\n{}---\n\n"
FIGURE = '![Elephant](figures/alpha/curve){#fig-elephant fig-alt="An elephant, drawn."}\n\n'
TABLE = "::: {#tbl-letters}\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\nMy Caption\n:::\n\n"
CELL = "```{{python}}\n{}\n```\n\nSee @{}."
EQUATION = "$$\na = b\n$$ {#eq-line}\n\n"
KINDS = {
    "thm": "Theorem", "lem": "Lemma", "cor": "Corollary", "prp": "Proposition",
    "cnj": "Conjecture", "def": "Definition", "exm": "Example", "exr": "Exercise",
}  # fmt: skip

# Name of the construct, source, words that the page must show.
RENDERED = [
    ("a figure", FIGURE + "See @fig-elephant.", ["Figure 1: Elephant", "See Figure 1."]),
    ("a table as a block", TABLE + "See @tbl-letters.", ["Table 1: My Caption", "See Table 1."]),
    ("an equation", EQUATION + "See @eq-line.", ["(1)", "See Equation 1."]),
    ("a section", "## Introduction {#sec-in}\n\nSee @sec-in.", ["1 Introduction", "See Section 1."]),
    *[(f"a {word.lower()}", f"::: {{#{kind}-line}}\n\n## Line\n\nWords.\n:::\n\nSee @{kind}-line.",
       [f"{word} 1 (Line)", f"See {word} 1."]) for kind, word in KINDS.items()],
    ("a name as an attribute", '::: {#thm-line name="Line"}\nWords.\n:::', ["Theorem 1 (Line)"]),
    *[(f"a {kind}", f"::: {{.{kind}}}\nWords.\n:::", [f"{kind.title()}."])
      for kind in ("proof", "remark", "solution")],
    ("a capital", FIGURE + "See @Fig-elephant.", ["See Figure 1."]),
    ("no prefix", FIGURE + "See [-@fig-elephant].", ["See 1."]),
    ("a group", FIGURE + EQUATION + "See [@fig-elephant; @eq-line].", ["See Figure 1, Equation 1."]),
]  # fmt: skip

# Name, source, what the refusal says.
REFUSED = [
    ("sub-figures", "::: {#fig-two layout-ncol=2}\nx\n:::", "one figure"),
    ("a figure as a block", "::: {#fig-one}\nx\n\nCaption\n:::", "one figure"),
    ("a diagram", "```{mermaid}\n%%| label: fig-d\n%%| fig-cap: D\nflowchart LR\n```\n\nSee @fig-d.", "only {python} cells"),
    ("a video", "::: {#fig-v}\n\n{{< video https://v.example/1 >}}\n\nThe journey\n:::", "a shortcode"),
    ("a type of one's own", "::: {#vid-v}\n\nx\n\nThe journey\n:::\n\nSee @vid-v.", "not in the room’s bibliography"),
    ("a figure from a cell", CELL.format("#| label: fig-p\n#| fig-cap: P\n1", "fig-p"), "figure script"),
    ("sub-captions", CELL.format("#| label: fig-p\n#| fig-subcap: [a, b]\n1", "fig-p"), "cell option"),
    ("a table's caption line", "| A |\n|---|\n| 1 |\n\n: My Caption {#tbl-x}", "::: {#tbl-name}"),
    ("sub-tables", "::: {#tbl-two layout-ncol=2}\nx\n:::", "a layout"),
    ("sub-tables of a cell", CELL.format("#| label: tbl-t\n#| tbl-cap: T\n#| tbl-subcap: [a]\n1", "tbl-t"),
     "cell option"),
    ("an equation as a block", "::: {#eq-b}\n$$\na = b\n$$\n:::\n\nSee @eq-b.", "$$ … $$ {#eq-name}"),
    ("a section without a number", "## In {#sec-in .unnumbered}\n\nSee @sec-in.", "[words](#sec-in)"),
    ("a listing", '```{#lst-c .sql lst-cap="Query"}\nSELECT\n```', "lst-"),
    ("a listing as a block", "::: {#lst-c}\n\n```sql\nSELECT\n```\n\nQuery\n:::", "lst-"),
    ("a listing of a cell", CELL.format("#| label: lst-c\n#| lst-cap: Q\n1", "lst-c"), "lst-cap"),
    ("a callout's label", "::: {#nte-one .callout-note}\nx\n:::\n\nSee @nte-one.", "nte-"),
    ("an algorithm", "::: {#alg-one}\nx\n:::", "alg-"),
    ("a labelled remark", "::: {#rem-one}\nx\n:::", "rem-"),
    ("a labelled solution", "::: {#sol-one}\nx\n:::", "sol-"),
    ("a prefix of one's own", FIGURE + "[Fig @fig-elephant]", "write @fig-name"),
    ("words behind a reference", FIGURE + "[@fig-elephant, left]", "write them after it"),
    ("references and citations", FIGURE + "[@fig-elephant; @eckart1936]", "bracket"),
    ("an unlabelled reference", "See @fig-none.", "no target"),
    ("\\ref", "See $\\ref{eq-line}$.", "refer with @eq-name"),
    ("lists", "\\listoffigures", "raw TeX"),
    ("a label with an underscore", "::: {#thm-a_b}\nx\n:::", "underscore"),
    ("a label in capitals", "::: {#thm-Line}\nx\n:::", "lower case"),
]  # fmt: skip
OPTIONS = [
    "crossref: {chapters: true}\n", "crossref: {fig-prefix: fig.}\n", "crossref: {labels: roman}\n",
    "crossref: {custom: [{kind: float, reference-prefix: Video, key: vid}]}\n", "number-sections: false\n",
]  # fmt: skip


@pytest.fixture(scope="module")
def shown(trials, tmp_path_factory):
    trial = trials(tmp_path_factory.mktemp("crossref"))
    (trial.documents / "references" / "alpha.bib").write_text(
        "@book{eckart1936, title={T}, author={A, B}, year={1936}}\n"
    )

    def show(text, options="room: alpha\n"):
        path = trial.documents / "posts" / "trial.qmd"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD.format(options) + text + "\n")
        body = render.to_page(path, trial.folder / "x.json", trial.options())["body"]
        page = html.fragment_fromstring(body, create_parent="div")
        for anchor in page.xpath('.//a[@class="anchor"]'):
            anchor.drop_tree()
        return " ".join(page.text_content().replace("\u00a0", " ").split())

    return show


@pytest.mark.parametrize(("name", "source", "words"), RENDERED, ids=[row[0] for row in RENDERED])
def test_rendered_as_quarto_does(shown, name, source, words):
    page = shown(source)
    for part in words:
        assert part in page, name


@pytest.mark.parametrize(("name", "source", "words"), REFUSED, ids=[row[0] for row in REFUSED])
def test_refused_with_a_remedy(shown, name, source, words):
    with pytest.raises(Refused) as refusal:
        shown(source)
    assert words in str(refusal.value), name


@pytest.mark.parametrize("options", OPTIONS)
def test_options_of_one_document_are_refused(shown, options):
    with pytest.raises(Refused, match=options.partition(":")[0]):
        shown("Words.", "room: alpha\n" + options)
