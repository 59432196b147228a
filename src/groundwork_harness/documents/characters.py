"""Characters in print: what LaTeX can set in running text, for both document engines.

pdflatex stops at a character that nothing declares. `LATEX` declares the signs that prose about
mathematics uses; its fonts hold the letters of European languages themselves. Typst sets all of
both, and the web any.
"""

import unicodedata
from collections.abc import Iterator

_GREEK = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "varepsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lambda",
    "mu",
    "nu",
    "xi",
    "o",
    "pi",
    "rho",
    "varsigma",
    "sigma",
    "tau",
    "upsilon",
    "varphi",
    "chi",
    "psi",
    "omega",
]
_CAPITALS = [
    "Gamma",
    "Delta",
    "Theta",
    "Lambda",
    "Xi",
    "Pi",
    "Sigma",
    "Upsilon",
    "Phi",
    "Psi",
    "Omega",
]  # others are Latin
_MATHEMATICS = {
    "−": "-", "∓": r"\mp", "≤": r"\le", "≥": r"\ge", "≪": r"\ll", "≫": r"\gg", "≈": r"\approx", "≃": r"\simeq",
    "≅": r"\cong", "∼": r"\sim", "≡": r"\equiv", "≠": r"\ne", "∝": r"\propto", "→": r"\to", "←": r"\leftarrow",
    "↑": r"\uparrow", "↓": r"\downarrow", "↔": r"\leftrightarrow", "↦": r"\mapsto", "⇒": r"\Rightarrow",
    "⇐": r"\Leftarrow", "⇔": r"\Leftrightarrow", "∞": r"\infty", "∈": r"\in", "∉": r"\notin", "⊂": r"\subset",
    "⊆": r"\subseteq", "⊃": r"\supset", "⊇": r"\supseteq", "∪": r"\cup", "∩": r"\cap", "∖": r"\setminus",
    "∅": r"\varnothing", "∀": r"\forall", "∃": r"\exists", "∧": r"\wedge", "∨": r"\vee", "√": r"\surd",
    "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∂": r"\partial", "∇": r"\nabla", "⊕": r"\oplus",
    "⊗": r"\otimes", "⊙": r"\odot", "∘": r"\circ", "⋅": r"\cdot", "⋆": r"\star", "⊥": r"\perp", "⊤": r"\top",
    "∥": r"\parallel", "∣": r"\mid", "‖": r"\|", "⟨": r"\langle", "⟩": r"\rangle", "⌊": r"\lfloor",
    "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "⋯": r"\cdots", "⋮": r"\vdots", "⋱": r"\ddots",
    "□": r"\square", "■": r"\blacksquare", "▲": r"\blacktriangle", "★": r"\bigstar", "✓": r"\checkmark",
    "′": "'", "″": "''", "ℓ": r"\ell", "ℏ": r"\hbar", "ℝ": r"\mathbb{R}", "ℂ": r"\mathbb{C}",
    "ℕ": r"\mathbb{N}", "ℤ": r"\mathbb{Z}", "ℚ": r"\mathbb{Q}", "ℙ": r"\mathbb{P}", "𝔼": r"\mathbb{E}",
    "ϵ": r"\epsilon", "ϑ": r"\vartheta", "ϕ": r"\phi", "ϱ": r"\varrho",
}  # fmt: skip
_TEXT = {
    "×": r"\texttimes{}", "·": r"\textperiodcentered{}", "…": r"\ldots{}", "\u202f": r"\,", "\u2009": r"\,",
    "⁻": r"\textsuperscript{\ensuremath{-}}", "⁺": r"\textsuperscript{+}", "₊": r"\textsubscript{+}",
    "₋": r"\textsubscript{\ensuremath{-}}",
}  # fmt: skip
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ᵀᵏⁿⁱᵐ", "0123456789Tknim", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₘₙ", "0123456789ijkmn", strict=True))

LATEX: dict[str, str] = (
    _TEXT
    | {sign: rf"\ensuremath{{{tex}}}" for sign, tex in _MATHEMATICS.items()}
    | {chr(0x3B1 + i): rf"\ensuremath{{\{n}}}" if n != "o" else "o" for i, n in enumerate(_GREEK)}
    | {sign: rf"\ensuremath{{\{n}}}" for sign, n in zip("ΓΔΘΛΞΠΣΥΦΨΩ", _CAPITALS, strict=True)}
    | {sign: rf"\textsuperscript{{{plain}}}" for sign, plain in _RAISED.items()}
    | {sign: rf"\textsubscript{{{plain}}}" for sign, plain in _LOWERED.items()}
)
# What the T1 and TS1 fonts of a plain pdflatex hold (t1enc.dfu, ts1enc.dfu), as far as prose goes.
OWN = frozenset(
    "\u00a0¡¢£¤¥§¨©ª«¬\u00ad®¯°±²³´µ¶¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ"
    "ĀāĂăĄąĆćĈĉĊċČčĎďĐđĒēĔĕĖėĘęĚěĜĝĞğĠġĢģĤĥĨĩĪīĬĭĮįİıĴĵĶķĹĺĻļĽľŁłŃńŅņŇňŊŋŌōŎŏŐőŒœŔŕŖŗŘřŚśŜŝŞşŠšŢţŤťŨũŪū"
    "ŬŭŮůŰűŲųŴŵŶŷŸŹźŻżŽžȘșȚțḥṇṛṣṭẞ‐–—‘’‚“”„†‡•‰‹›€™"
)


DECLARATIONS = "\n".join(
    f"\\DeclareUnicodeCharacter{{{ord(sign):04X}}}{{{tex}}}" for sign, tex in sorted(LATEX.items())
)

# For Quarto, also run by hand: `python -m groundwork_harness.documents.characters > src/documents/templates/unicode.tex`.
HEADER = (
    "% Generated from groundwork_harness.documents.characters (run it as a module); both engines declare these.\n"
    + DECLARATIONS
)


def unprintable(text: str) -> Iterator[tuple[int, str]]:
    """(index, what it is and what to write) of each character that a LaTeX PDF could not set."""
    for at, sign in enumerate(text):
        if ord(sign) > 126 and sign not in LATEX and sign not in OWN:
            name = unicodedata.name(sign, "a character without a name")
            yield (
                at,
                (
                    f"{sign!r} (U+{ord(sign):04X}, {name.lower()}): LaTeX’s fonts lack it; write a "
                    "formula such as $\\omega$, or words"
                ),
            )


if __name__ == "__main__":
    print(HEADER)
