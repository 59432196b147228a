"""Document lint: each construct that the engines render differently is refused with a remedy."""

import pytest

from groundwork_harness.documents import document_lint
from groundwork_harness.documents.document import Refused, read

HEAD = "---\ntitle: A trial\ndescription: D.\ndate: 2026-01-01\nroom: alpha\n---\n"
CELL = "```{{python}}\n{}\n```\n"

REFUSED = [
    ("<div>x</div>", "raw HTML"),
    ("a <br> b", "raw HTML"),
    ("::: {.panel-tabset}\nx\n:::", "tabs"),
    ("::: {.columns}\nx\n:::", "columns"),
    ("::: {.column-margin}\nx\n:::", "columns"),
    ('::: {.content-visible when-format="html"}\nx\n:::', "conditional"),
    ("::: {#fig-two layout-ncol=2}\nx\n:::", "layout"),
    ("{{< video https://a.b/c >}}", "shortcode"),
    ("# Title", "begin with ##"),
    ("`\\newpage`{=latex}", "raw output"),
    ("```{mermaid}\ngraph LR\n```", "only {python} cells"),
    ("```{ojs}\nx\n```", "only {python} cells"),
    ("```{=html}\n<b>x</b>\n```", "only {python} cells"),
    (CELL.format("1"), "without a label"),
    (CELL.format("#| label: x\n#| code-fold: true\n1"), "code-fold"),
    (CELL.format("#| label: tbl-x\n1"), "no caption"),
    (CELL.format("#| label: fig-x\n1"), "figure script"),
    ("![Cap.](figures/alpha/spectrum){#fig-x}", "alternative text"),
    ('![Cap.](figures/alpha/spectrum){#fig-x fig-alt=""}', "alternative text"),
    ('![Cap.](figures/alpha/spectrum){#fig-x alt="" fig-alt="A long curve."}', "write fig-alt="),
    (r"Bold $\mathbf{x}$ and $\mathbf{x}\boldsymbol{y}$.", "use one of them"),
    ('![Cap.](figures/alpha/spectrum.svg){#fig-x fig-alt="A long curve."}', "without a suffix"),
    ('![Cap.](figures/alpha/spectrum){fig-alt="A long curve."}', "without a label"),
    ("See @fig-missing.", "no target"),
    ("See @Thm-missing.", "no target"),
    ("As shown [@nobody1999].", "bibliography"),
    ("By Theorem 3 this holds.", "typed by hand"),
    ("See Figure 2.", "typed by hand"),
    ("See Section 1.2 for more.", "typed by hand"),
    ("$$\n\\begin{align} a &= b \\end{align}\n$$ {#eq-a}", "aligned"),
    ("$$ a \\tag{1} $$", "@eq-name"),
    ("$$ a \\tag*{1} $$", "@eq-name"),
    ("So $a \\tag{1}$ holds.", "@eq-name"),
    ("$$ a $$ {#eq-a}, so", "touches the label"),
    (": Words. {#tbl-x}\n\n| A |\n|---|\n| 1 |", "in a block"),
    ("````markdown\n```{python}\nx\n```\n````", "double its braces"),
    ("```markdown\nSay `{python} x`.\n```", "double its braces"),
    ("Write ``a `{python} x` b``.", "double its braces"),
    ("```markdown\n`{{python}} x`.\n```", "words stand before"),
    ("Write\n`{{python}} x`.", "words stand before"),
    ("$$ a $$\n{#eq-late}", "line of the closing"),
    ("::: {#thm-a}\nx\n:::\n\n::: {#thm-a}\ny\n:::", "2 times"),
]
ALLOWED = [
    "A link <https://example.org/> and 1 < 2 > 0.",
    "$a<b>c$ and `<div>` and <!-- a comment -->",
    "```html\n<div>raw, but shown</div>\n```",
    "````markdown\n```{mermaid}\nx\n```\n````",
    "Theorem 7.1 of [@eckart1936] gives it; so does [@eckart1936, Section 2].",
    "::: {#thm-a}\n## Name\nx\n:::\n\nBy @thm-a and [-@thm-a].",
    "::: {.callout-note}\nx\n:::",
    "It took `{python} 1`, in `code`.",
    "| `$$ … $$ {#eq-name}` | a formula |",
    "````markdown\n```{{python}}\nx\n```\nSay `{{python}} x`.\n````",
    "Write ``a `{{python}} x` b`` and `{{python}} x` and `{python}`.",
    "mail someone@example.org",
]


def trial(press, text):
    path = press.write("posts/trial/index", HEAD + "\nFirst line.\n\n" + text + "\n")
    try:
        document_lint.check(read(path, press.documents))
    finally:
        path.unlink()


@pytest.mark.parametrize(
    ("text", "words"), REFUSED, ids=[w + str(i) for i, (_, w) in enumerate(REFUSED)]
)
def test_what_lies_outside_is_refused_with_file_line_and_remedy(press, text, words):
    with pytest.raises(Refused) as caught:
        trial(press, text)
    said = str(caught.value)
    assert words in said
    place = said.splitlines()[0].split(": ")[0]
    name, _, line = place.partition(":")
    assert name == "posts/trial/index.qmd"
    assert 8 <= int(line) <= 12  # the text begins on line 8


@pytest.mark.parametrize("text", ALLOWED)
def test_what_lies_inside_is_not(press, text):
    trial(press, text)


def test_all_faults_are_told_at_once(press):
    with pytest.raises(Refused) as caught:
        trial(press, "<b>x</b>\n\nSee Figure 2.\n\n# Top")
    assert len(str(caught.value).splitlines()) >= 3


def test_a_missing_title_is_refused(press):
    path = press.write("posts/untitled/index", "---\ndate: 2026-01-01\n---\nx\n")
    with pytest.raises(Refused, match="no title"):
        document_lint.check(read(path, press.documents))
    path.unlink()


def test_a_fault_of_an_included_file_is_told_there(press):
    (press.documents / "_bad.qmd").write_text("\n<b>x</b>\n")
    path = press.write("posts/trial/index", HEAD + "{{< include ../../_bad.qmd >}}\n")
    with pytest.raises(Refused, match=r"^_bad\.qmd:2: "):
        document_lint.check(read(path, press.documents))
    path.unlink()
