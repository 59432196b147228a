"""Card images: a post's title and best figure on 1200 × 630, for links shared elsewhere."""

import importlib.util
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from groundwork.core.atomic import replacing
from groundwork.core.style import LIGHT
from groundwork_harness.documents.document import Document, Refused, unmarked

SIZE = (1200, 630)
MARGIN = 64
SPLIT = 560  # where the figure begins
ACCENT = "#1f4e79"


def draw(document: Document, figure: Path | None, out: Path, series: str) -> None:
    """Write the card of a post; the same post and figure give the same bytes."""
    card = Image.new("RGB", SIZE, LIGHT.paper)
    pen = ImageDraw.Draw(card)
    pen.rectangle((0, 0, 14, SIZE[1]), fill=ACCENT)
    right = SPLIT - 30 if figure else SIZE[0] - MARGIN
    pen.text((MARGIN, 60), series.upper(), fill=LIGHT.muted, font=_font("Sans-Bold", 22))
    y = _lines(pen, _unmarked(document, "title"), _font("Serif-Bold", 50), 120, right, 4, LIGHT.ink)
    _lines(pen, _unmarked(document, "subtitle"), _font("Sans", 25), y + 18, right, 4, LIGHT.muted)
    if figure:
        _place(card, figure, (SPLIT, 60, SIZE[0] - 44, SIZE[1] - 60))
    with replacing(out) as temporary:
        card.save(temporary, format="PNG", optimize=True)


def _unmarked(document: Document, key: str) -> str:
    return unmarked(str(document.metadata.get(key) or ""))


def _lines(
    pen: ImageDraw.ImageDraw,
    text: str,
    font: ImageFont.FreeTypeFont,
    y: float,
    right: int,
    most: int,
    fill: str,
) -> float:
    for line in wrap(text, font, right - MARGIN)[:most]:
        pen.text((MARGIN, y), line, fill=fill, font=font)
        y += 1.24 * font.size
    return y


def wrap(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The text in lines of at most `width` pixels, broken between words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _place(card: Image.Image, figure: Path, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    with Image.open(figure) as opened:
        picture = opened.convert("RGB")
    scale = min((right - left) / picture.width, (bottom - top) / picture.height)
    fitted = picture.resize((round(picture.width * scale), round(picture.height * scale)))
    card.paste(fitted, (left, top + (bottom - top - fitted.height) // 2))


@cache
def _font(face: str, size: int) -> ImageFont.FreeTypeFont:
    found = importlib.util.find_spec("matplotlib")  # it brings the DejaVu fonts; not imported here
    if found is None or found.origin is None:
        raise Refused("matplotlib is missing, whose fonts the cards are set in")
    folder = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"DejaVu{face}.ttf"), size)
