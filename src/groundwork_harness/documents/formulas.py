"""Formulas on a page: MathML made light, its fences as tall as TeX's, its lines breakable.

Browsers do not break a formula over lines, and they do break between a formula and the comma
behind it. Here a long inline formula is cut after its relations, and punctuation is tied on.
"""

import re
from copy import deepcopy

from lxml import html
from lxml.html import HtmlElement as Element

OPEN, CLOSE = set("([{⟨⌊⌈"), set(")]}⟩⌋⌉")
RELATIONS = set("=≤≥<>≠≈≡∼→↦⇒⇔∈⊂⊆,") | {"≔", ":="}
APPLY = "\u2061"  # stands between a function and its argument
LIMITS = {"munder", "munderover"}  # of \min, \sup and the like on display
SCRIPTS = {"msub", "msup", "msubsup"} | LIMITS
ATOMS = {"mi", "mn", "mfrac", "msqrt"} | SCRIPTS
THIN = "0.1667em"  # TeX's \,
SHORT = 16  # characters: formulas up to here stay whole
PIECE = 6  # no piece of a formula is shorter
WIDE = 26  # a piece longer than this may scroll on a narrow screen
BOLD, BOLD_ITALIC, LETTERS = 0x1D400, 0x1D468, 52  # of A; z is the last
UPRIGHT = {BOLD_ITALIC + i: BOLD + i for i in range(LETTERS)}
CLOSING = re.compile(r"^[.,;:!?)\]’”%–-]+")
OPENING = re.compile(r"[(\[“‘]+$")


def source(math: Element) -> str:
    """The formula as TeX, which pandoc and Quarto keep in an annotation."""
    return str(math.xpath('string(.//*[local-name()="annotation"])')).strip()


def finish(root: Element) -> None:
    """Put every formula below `root` in order; the TeX sources are gone afterwards."""
    for math in list(root.xpath('.//*[local-name()="math"]')):
        tex = source(math)
        _upright(math, tex)
        _lighten(math)
        _space_functions(math)
        _close_norms(math)
        if r"\left" not in tex:
            _keep_low(math)
        if math.get("display") == "block":
            _wrap(math, "scroll math-scroll")
        else:
            _tie(_pieces(math))


def _upright(math: Element, tex: str) -> None:
    r"""`\mathbf` is upright; pandoc 3.9 gives the bold italic of `\boldsymbol` for both."""
    if r"\mathbf" in tex and not re.search(r"\\(?:boldsymbol|bm|mathbfit)\b", tex):
        for letter in math.xpath('.//*[local-name()="mi"][@mathvariant="bold-italic"]'):
            letter.text = (letter.text or "").translate(UPRIGHT)
            del letter.attrib["mathvariant"]


def _lighten(math: Element) -> None:
    """Drop the TeX source and what HTML implies: half of a mathematical page's bytes."""
    math.attrib.pop("xmlns", None)
    if math.get("display") == "inline":
        del math.attrib["display"]
    for gone in math.xpath('.//*[local-name()="annotation"]'):
        gone.getparent().remove(gone)
    for meaning in math.xpath('.//*[local-name()="semantics"]'):
        meaning.drop_tag()


def _space_functions(math: Element) -> None:
    r"""TeX's thin spaces around `\log` and its kin, without which browsers set "logdetx"."""
    for name in list(math.xpath('.//*[local-name()="mi"][string-length() > 1]')):
        atom, applied = name, False
        while (parent := atom.getparent())[0] is atom and (
            parent.tag in SCRIPTS or (len(parent) == 2 and parent[1].text == APPLY)
        ):
            atom, applied = parent, applied or parent[1].text == APPLY or parent.tag in LIMITS
        if not applied:
            continue  # a word, not a function
        before, after = atom.getprevious(), atom.getnext()
        if before is not None and (before.tag in ATOMS or _sign(before) in CLOSE):
            atom.addprevious(html.Element("mspace", width=THIN))
        if after is not None and _sign(after) not in OPEN | CLOSE | RELATIONS:
            atom.addnext(html.Element("mspace", width=THIN))


def _close_norms(math: Element) -> None:
    r"""`\|` stands for a norm, as in TeX; pandoc gives the sign of `\parallel`, spaced as that."""
    for bar in math.xpath('.//*[local-name()="mo"][@form]'):
        if bar.text == "∥":
            bar.text = "‖"


def _keep_low(math: Element) -> None:
    r"""Fences grow only where TeX was told `\left`: pandoc lets every `\lVert` grow."""
    for fence in math.xpath('.//*[local-name()="mo"][@stretchy="true"][@form]'):
        if not fence.get("minsize"):
            fence.set("stretchy", "false")


def _pieces(math: Element) -> list[Element]:
    """The formula, cut after its relations outside brackets if it is long."""
    row = math[0] if len(math) == 1 and math[0].tag == "mrow" else math
    groups = _groups(list(row)) if _length([math]) > SHORT else []
    if len(groups) < 2:
        return [math]
    pieces = []
    for group in groups:
        piece = html.Element("math")
        piece.extend(deepcopy(child) for child in group)
        for end in (piece[0], piece[-1]):  # at an edge an operator would lose its space
            if _sign(end) in RELATIONS and not end.get("form"):
                end.set("form", "infix")
        pieces.append(piece)
    pieces[-1].tail = math.tail
    return _swap(math, pieces)


def _groups(row: list[Element]) -> list[list[Element]]:
    groups: list[list[Element]] = [[]]
    depth = 0
    for child in row:
        groups[-1].append(child)
        sign = _sign(child)
        depth += (sign in OPEN) - (sign in CLOSE)
        if sign in RELATIONS and depth == 0 and _length(groups[-1]) >= PIECE:
            groups.append([])
    if len(groups) > 1 and _length(groups[-1]) < PIECE:
        last = groups.pop()
        groups[-1] += last
    return groups


def _sign(element: Element) -> str:
    return (element.text or "").strip() if element.tag == "mo" else ""


def _length(elements: list[Element]) -> int:
    return sum(len(element.text_content()) for element in elements)


def _swap(math: Element, pieces: list[Element]) -> list[Element]:
    parent, at = math.getparent(), math.getparent().index(math)
    math.tail = None
    parent.remove(math)
    for offset, piece in enumerate(pieces):
        parent.insert(at + offset, piece)
    return pieces


def _tie(pieces: list[Element]) -> None:
    """Tie brackets and punctuation to the formula; let what stays wide scroll when narrow."""
    first, last = pieces[0], pieces[-1]
    before, parent = first.getprevious(), first.getparent()
    text = (before.tail if before is not None else parent.text) or ""
    opening = OPENING.search(text)
    closing = CLOSING.match(last.tail or "")
    for piece in pieces:
        wide = len(piece.text_content()) > WIDE
        starts, ends = opening and piece is first, closing and piece is last
        if not (wide or starts or ends):
            continue
        box = _wrap(piece, "tied wide" if wide else "tied")
        if starts and opening:
            rest = text[: opening.start()]
            if before is not None:
                before.tail = rest
            else:
                parent.text = rest
            box.text = opening[0]
        if ends and closing:
            piece.tail = closing[0]
            box.tail = (box.tail or "")[closing.end() :]


def _wrap(element: Element, name: str) -> Element:
    box: Element = html.Element("span", {"class": name})
    box.tail, element.tail = element.tail, None
    element.getparent().replace(element, box)
    box.append(element)
    return box
