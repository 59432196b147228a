"""A post travels: another Markdown library finds in the bundle what the page shows."""

import re
import subprocess

import bundles
import pytest
from lxml import html
from PIL import Image

from groundwork_harness.documents import bundle, pandoc

HOSTILE = [
    r"T^*T = TT^*",
    r"\operatorname*{arg\,min}_{x} f(x)^*",
    r"\{x : \|x\| \le 1\}",
    r"(a)_i + (b)_j + [c]_k + |d|_2",
    r"\begin{cases} a & b \\[4pt] c & d \\ e & f \end{cases}",
    r"f' + f''_1 + g'^2",
    r"x<y \;\text{and}\; a\!b\:c",
    r"E[X](t) + [u](v)",
    "a\n+ b\n- c\n= d",
    r"**",
]
CODE = "```python\n# a comment, no heading\n[no](../link.qmd)  # $T^*$ and $S^*$\n```"
HEAD = "---\ntitle: 'A *trial* of $\\sigma$'\ndescription: D.\ndate: 2026-02-28\nroom: alpha\n{}---\n\n"


def made(press, folder, text, front="", **settings):
    """The bundle of a post with this text."""
    path = press.write("posts/trial/index", HEAD.format(front) + text + "\n")
    out = folder / "index.md"
    site = {"title": "G", "address": "", "author": "All", "language": "en"} | settings
    try:
        bundle.write(path, out, folder / "card.png", press.options(f"trial/{folder.name}"), site)
    finally:
        path.unlink()
    return bundles.read(folder)


@pytest.fixture
def post(press, built):  # noqa: ARG001  (the site's build makes the bundle)
    return bundles.read(press.folder / "posts" / "spectra")


def test_another_library_reads_it_without_a_fault(post):
    assert bundles.faults(post) == []
    assert len(post.formulas) >= 20
    assert "31.2" in post.text
    assert "Theorem\u00a01 (Singular value decomposition)" in post.text


def test_it_holds_what_the_page_shows(press, post):
    page = html.fragment_fromstring(press.page("posts/spectra")["body"], create_parent="div")
    for tag in ("h2", "h3", "table", "pre", "td"):
        assert len(post.page.findall(f".//{tag}")) == len(page.findall(f".//{tag}")), tag
    assert len(post.formulas) == len(page.xpath('.//*[local-name()="math"]'))
    figures = page.xpath('.//picture[@class="on-light"]')
    assert len(post.page.findall(".//img")) == len(figures)


def test_its_front_matter_is_what_blog_engines_ask_for(post):
    assert post.front == {
        "title": "A spectrum, measured",
        "subtitle": "Every construct of the subset in one post",
        "description": "What a matrix keeps when it is made smaller: a post that exercises the engine.",
        "date": "2026-02-03",
        "author": "The Groundwork authors",
        "categories": ["linear algebra", "compression"],
        "tags": ["linear algebra", "compression"],
        "lang": "en",
        "canonical_url": "https://site.example/groundwork/posts/spectra/index.html",
        "license": "CC BY 4.0",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "math": True,
        "image": "card.png",
        "images": ["card.png"],
    }


def test_its_pictures_travel_with_it(post):
    moving = post.folder / "figures" / "alpha" / "settling.light.gif"
    with Image.open(moving) as picture:
        assert picture.n_frames == 4
    with Image.open(moving.with_name("settling.png")) as poster:
        assert getattr(poster, "n_frames", 1) == 1
    assert "figures/alpha/settling.png" in post.page.xpath("//a/@href")
    with Image.open(post.folder / post.front["image"]) as card:
        assert card.size == (1200, 630)


@pytest.mark.parametrize("tex", HOSTILE)
def test_a_formula_reaches_the_reader_as_it_stands(press, tmp_path, tex):
    """Inline beside another, on display, in a table: through a library that knows no formulas."""
    flat = " ".join(tex.split())
    text = f"A ${flat}$ and ${flat}$ again, *so*:\n$$\n{tex}\n$$\nfollows.\n\n| a | b |\n|---|---|\n| ${flat}$ | 1 |\n"
    post = made(press, tmp_path, text)
    assert bundles.faults(post) == []
    assert len(post.formulas) == 4
    assert [len(row) for row in post.page.findall(".//tr")] == [2, 2]
    if "cases" in tex:  # pandoc's own TeX knows no \\cr; KaTeX and MathJax do
        assert r"a & b \cr c & d \cr e & f" in post.text
        return
    # Still TeX: pandoc, which reads formulas, takes every one of them without a warning.
    call = [pandoc.command(), "--from=commonmark+tex_math_dollars+pipe_tables", "--mathml"]
    done = subprocess.run(call, input=post.text, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.count("<math") == 4


def test_code_is_left_as_it_is(press, tmp_path):
    post = made(press, tmp_path, "Words.\n\n" + CODE, address="https://site.example")
    assert CODE.split("\n", 1)[1] in post.text


def test_links_lead_to_the_published_site_or_nowhere(press, tmp_path):
    text = (
        "See [one](../../rooms/alpha.qmd#sec-cost), [two](../spectra/index.qmd), "
        "[three](/guide/use.qmd), [four](../../ledger.html), [five](https://example.org/x)."
    )
    there = made(press, tmp_path / "a", text, address="https://site.example/g/")
    assert there.page.xpath("//a/@href") == [
        "https://site.example/g/rooms/alpha.html#sec-cost",
        "https://site.example/g/posts/spectra/index.html",
        "https://site.example/g/guide/use.html",
        "https://site.example/g/ledger.html",
        "https://example.org/x",
    ]
    nowhere = made(press, tmp_path / "b", text)
    assert nowhere.page.xpath("//a/@href") == ["https://example.org/x"]
    assert "See one, two, three, four" in nowhere.text
    assert "canonical_url" not in nowhere.front


def test_the_front_matter_of_the_post_comes_before_the_site(press, tmp_path):
    front = (
        "author: [Ada, {name: Emmy}]\nlicense: {text: CC0, url: 'https://example.org/cc0'}\n"
        "canonical-url: https://elsewhere.example/first\ndraft: true\n"
    )
    post = made(press, tmp_path, "Words.", front, address="https://site.example", license="MIT")
    assert post.front["author"] == "Ada, Emmy"
    assert (post.front["license"], post.front["license_url"]) == ("CC0", "https://example.org/cc0")
    assert post.front["canonical_url"] == "https://elsewhere.example/first"
    assert post.front["draft"] is True
    assert "Draft" in post.text.split("\n")[1]
    assert post.front["title"] == "A trial of sigma"
    assert "math" not in post.front


def test_pictures_of_an_older_text_go(press, tmp_path):
    (tmp_path / "figures" / "alpha").mkdir(parents=True)
    (tmp_path / "figures" / "alpha" / "gone.png").write_bytes(b"x")
    made(press, tmp_path, "Words.")
    assert not (tmp_path / "figures").exists()


def test_the_checks_go_red(press, tmp_path):
    """The reader that these tests rest on finds what they are there to find."""
    made(press, tmp_path, "Words.")
    bad = "The $T^*$ of $S^*$, $\\{x\\}$, <b>x</b>, [y](z.html), ![](a.png), *one $a* b$\n"
    with open(tmp_path / "index.md", "a") as file:
        file.write(bad)
    words = " ".join(bundles.faults(bundles.read(tmp_path)))
    for fault in ("garbled", "markup in", "raw HTML", "leads nowhere", "no words", "no picture"):
        assert re.search(fault, words), fault
