"""What Quarto does otherwise than the embedded engine, and what makes up for it, each by itself.

The stand-in behaves as Quarto 1.9.38 was seen to; each test goes red without its remedy.
"""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import yaml
from engines import NEEDS_LATEX
from lxml import html
from pypdf import PdfReader

from groundwork.core.provenance import ROOT
from groundwork_harness.documents import links, pdf
from groundwork_harness.documents.characters import HEADER
from groundwork_harness.documents.document import Refused

SHARED = ROOT / "src" / "documents"
FIGURE = '![A curve.](figures/alpha/curve){#fig-curve fig-alt="A long curve."}'
WIDE = "| Name | Words |\n|------|-------|\n| a | " + "long " * 20 + "|"
ENGINES = pytest.mark.parametrize("engine", ["embedded", "quarto"])


@pytest.fixture
def trial(trials, tmp_path, call):
    made = trials(tmp_path)
    made.call = call
    return made


@ENGINES
def test_shown_cells_are_shown_with_single_braces_and_do_not_run(trial, engine):
    page = trial.page(
        "````markdown\n```{{python}}\n1 / 0\n```\nSay `{{python}} 1 / 0`.\n````\n\nOr ``a `{{python}} 1 / 0` b``.",
        engine,
    )
    (block,) = page.xpath(".//pre")
    assert block.text_content().strip() == "```{python}\n1 / 0\n```\nSay `{python} 1 / 0`."
    assert "a `{python} 1 / 0` b" in page.text_content()


def test_pictures_keep_their_names(trial):
    page = trial.page(FIGURE)
    assert page.xpath(".//picture//img/@src") == [
        f"../figures/alpha/curve.{theme}.svg" for theme in ("light", "dark")
    ]
    for target, suffix in (("latex", "pdf"), ("typst", "light.svg")):
        assert f"figures/alpha/curve.{suffix}" in trial.paper(FIGURE, target)


@pytest.mark.parametrize("target", ["html", "pdf", "typst"])
def test_a_picture_that_the_filter_does_not_know_stops_the_render(trial, target):
    trial.settings(lambda settings: settings["format"][target].pop("default-image-extension"))
    render_it = (
        trial.page
        if target == "html"
        else partial(trial.paper, target={"pdf": "latex"}.get(target, target))
    )
    with pytest.raises(Refused, match="without a suffix"):
        render_it(FIGURE)


def shape(page, path):
    """Names, classes and words of what lies below `path`, line breaks aside."""
    return [
        (e.tag, e.get("class"), e.get("id"), " ".join(e.text_content().split()))
        for root in page.xpath(path)
        for e in root.iter("div", "p", "strong", "span", "pre", "code")
    ]


CALLOUTS = (
    "::: {.callout-note}\nFirst.\n:::\n\n::: {.callout-warning}\n## Take care\nSecond.\n\n- a\n:::"
)


def test_callouts_are_those_of_the_embedded_engine(trial):
    ours, theirs = (trial.page(CALLOUTS, engine) for engine in ("embedded", "quarto"))
    path = './/div[contains(@class, "callout-")][not(contains(@class, "-title"))]'
    assert shape(ours, path)
    assert shape(theirs, path) == shape(ours, path)


def test_a_quotation_that_passes_for_a_callout_is_refused(trial):
    with pytest.raises(Refused, match="begin no quotation"):
        trial.page("> **Bold.**\n>\n> And more.")


def test_an_equations_number_stands_beside_it(trial):
    text = "Now\n\n$$ a = b $$ {#eq-one}\n\nand\n\n$$ (c) $$ {#eq-two}"
    ours, theirs = (trial.page(text, engine) for engine in ("embedded", "quarto"))
    for page in (ours, theirs):
        assert page.xpath('.//span[@class="equation"]/@id') == ["eq-one", "eq-two"]
        numbers = page.xpath('.//span[@class="equation"]/span[@class="equation-number"]/text()')
        assert numbers == ["(1)", "(2)"]
        formulas = page.xpath('.//span[@class="equation"]//*[local-name()="math"]')
        assert [formula.text_content() for formula in formulas] == ["a=b", "(c)"]


def test_what_a_cell_prints_is_drawn_as_the_embedded_engine_draws_it(trial):
    text = "```{python}\n#| label: run\nprint(42)\n```"
    ours, theirs = (trial.page(text, engine) for engine in ("embedded", "quarto"))
    for page in (ours, theirs):
        assert [pre.text_content().strip() for pre in page.xpath('.//pre[@class="output"]')] == [
            "42"
        ]
        assert not page.xpath('.//div[contains(@class, "cell-output")]')


def test_a_wide_table_gets_no_widths(trial):
    assert not trial.page(WIDE).xpath(".//col")
    settings = yaml.safe_load((SHARED / "_quarto.yml").read_text())
    assert "columns" not in settings
    assert "columns" not in settings["format"]["typst"]


def test_latex_has_its_letters_and_signs_and_needs_no_framed(trial):
    made = trial.paper("Is ∇ ≤ ℝ?\n\n```python\nx\n```")
    assert made.index("\\makeatletter") < made.index("\\AtBeginDocument")
    assert "\\makeatletter" not in made[made.index("\\AtBeginDocument") :]


def test_typst_has_what_mends_its_formulas(trial):
    made = trial.paper(r"Now $\operatorname*{argmin}_x f$.", "typst")
    assert (SHARED / "templates" / "mathematics.typ").read_text() in made
    assert '"limitsofargmin"_x' in made


@ENGINES
def test_a_colour_that_typst_prints_black_is_refused(trial, engine):
    drawing = trial.folder / "results" / "alpha" / "figures" / "curve.light.svg"
    drawing.write_text('<svg viewBox="0 0 9 6"><rect fill="var(--ink, #1f4e79)"/></svg>')
    with pytest.raises(Refused, match=r"alpha/curve.*a CSS variable as a colour.*write the colour"):
        trial.page(FIGURE, engine)


@pytest.mark.parametrize("text", ["```\n`{python} x`\n```", "$$ a \\tag{1} $$"])
def test_what_fails_the_documents_own_check_never_reaches_quarto(trial, text):
    with pytest.raises(Refused, match=r"trial\.qmd:1\d: "):
        trial.page(text)
    assert not (trial.folder / "note.json").exists()


def test_the_table_of_signs_is_the_one_of_the_press():
    """Remedy: python -m groundwork_harness.documents.characters > src/documents/templates/unicode.tex"""
    assert (SHARED / "templates" / "unicode.tex").read_text() == HEADER + "\n"


@pytest.mark.parametrize("target", ["latex", "typst"])
def test_a_pdf_says_what_it_is(trial, target):
    made = trial.paper("Words.", target, scale="smoke")
    note = trial.call()
    assert note["epoch"] == "1767312000"  # 2 January 2026
    for words in ("Not a result", "Smoke run", "Rendered from results at smoke scale"):
        assert words in " ".join(made.split()), words
    assert made.index("Not a result") < made.index("Words.") < made.index("Rendered from")
    if target == "latex":
        assert note["settings"]["subject"] == "What it is."
        assert note["settings"]["keywords"] == ["one", "two"]
    else:
        assert 'description: "What it is.", keywords: "one, two"' in made
    assert "Not a result" not in trial.paper("Words.", target)


LINKS = "See [a](../rooms/b.qmd#sec-c), [here](#x), [out](https://a.example/x.qmd)."


@pytest.mark.parametrize("target", ["latex", "typst"])
@pytest.mark.parametrize("address", ["", "https://site.example/g"])
def test_links_of_a_pdf_lead_to_pages(trial, target, address):
    made = trial.paper(LINKS, target, address=address).replace("\\#", "#")
    assert f"{address or '../site'}/rooms/b.html#sec-c" in made
    assert ".qmd#" not in made
    assert "https://a.example/x.qmd" in made


def uris(paper: Path) -> list[str]:
    notes = [n.get_object() for page in PdfReader(paper).pages for n in page.get("/Annots", [])]
    actions = [note["/A"] for note in notes if "/A" in note]  # a link within the paper has none
    return [action["/URI"] for action in actions if "/URI" in action]


@pytest.mark.parametrize("target", [pytest.param("latex", marks=NEEDS_LATEX), "typst"])
def test_links_of_a_pdf_lead_to_pages_from_reports_and_from_the_site(trial, target):
    reports = trial.folder / "reports"
    page = reports / "site" / "rooms" / "b.html"
    page.parent.mkdir(parents=True)
    page.touch()
    text, options = f"{LINKS}\n\n## There {{#x}}\n", trial.options(pdf_engine=target)
    paper, copy = reports / "pdf" / "x.pdf", reports / "site" / "pdf" / "x.pdf"
    pdf.to_pdf(trial.write(text), paper, options)
    links.take_in(paper, copy)
    for path in (paper, copy):
        inside, outside = uris(path)
        assert (path.parent / inside.removesuffix("#sec-c")).resolve() == page
        assert outside == "https://a.example/x.qmd"
    once = copy.read_bytes()
    links.take_in(paper, copy)
    assert copy.read_bytes() == once
    assert PdfReader(copy).metadata == PdfReader(paper).metadata


def test_links_of_a_pdf_lead_to_the_sites_address(trial):
    out = trial.folder / "x.pdf"
    options = trial.options(pdf_engine="typst", address="https://site.example/g")
    pdf.to_pdf(trial.write(f"{LINKS}\n\n## There {{#x}}\n"), out, options)
    assert uris(out) == ["https://site.example/g/rooms/b.html#sec-c", "https://a.example/x.qmd"]
    links.take_in(out, trial.folder / "y.pdf")
    assert (trial.folder / "y.pdf").read_bytes() == out.read_bytes()


def test_the_documents_are_a_website_that_has_its_figures(trial):
    """By hand: what Quarto runs before a render lays the figures out, and says what is missing."""
    settings = yaml.safe_load((SHARED / "_quarto.yml").read_text())
    assert settings["project"]["type"] == "website"
    script = trial.documents / settings["project"]["pre-render"]
    trial.settings(lambda own: own.update(bibliography=["references/alpha.bib"]))
    qmd = trial.write(FIGURE + "\n\n" + FIGURE.replace("curve", "absent"))
    call = [sys.executable, str(script)]
    environment = os.environ | {
        "GROUNDWORK_RESULTS": str(trial.folder / "results"), "PYTHONPATH": str(ROOT / "src"),
    }  # fmt: skip
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=True)
    assert (qmd.parent / "figures" / "alpha" / "curve.light.svg").is_file()
    assert "trial.qmd: no figure alpha/absent" in done.stderr
    by_hand = [
        "quarto",
        "render",
        "problem-sets/trial.qmd",
        "--to",
        "html",
        "--output-dir",
        "_site",
    ]
    subprocess.run(by_hand, cwd=trial.documents, env=environment, check=True)
    shown = html.parse(str(trial.documents / "_site" / "problem-sets" / "trial.html"))
    there, _ = (qmd.parent / source for source in shown.xpath("//img/@src"))
    assert there == qmd.parent / "figures" / "alpha" / "curve.light.svg"
    (trial.documents / "references" / "beta.bib").write_text("")
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    assert "references/beta.bib" in done.stderr
    environment["GROUNDWORK_RESULTS"] = "results"
    done = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
    assert "set GROUNDWORK_RESULTS" in done.stderr


def test_the_pipelines_project_is_no_website(trial):
    trial.page("Words.")
    settings = trial.call()["settings"]
    assert settings["project"] == {"type": "default"}
    assert "website" not in settings
    assert [Path(path).name for path in settings["bibliography"]] == ["alpha.bib"]


def test_the_website_knows_every_bibliography():
    settings = yaml.safe_load((SHARED / "_quarto.yml").read_text())
    for path in settings["bibliography"]:
        assert (SHARED / path).is_file()
