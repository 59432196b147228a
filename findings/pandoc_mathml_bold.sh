#!/usr/bin/env bash
# MathML of \mathbf is bold italic, and of \mathscr the same as of \mathcal.
# touches: pandoc, MathML, Typst
# guessed: \mathbf{x} is an upright bold x in MathML, and \mathscr differs from \mathcal
# seen: \mathbf{x} and \mathbf{\theta} become bold italic, as \boldsymbol does, and \mathscr{L} and \mathcal{L} are one letter; Typst keeps \mathbf upright
# here: documents/formulas.py sets \mathbf upright again; no page uses both \mathscr and \mathcal
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet pypandoc_binary==1.17
cat > program.py <<'END'
import re
import subprocess
import unicodedata

import pypandoc

pandoc = pypandoc.get_pandoc_path()
print("pandoc", pypandoc.get_pandoc_version())
for formula in (r"\mathbf{x}", r"\mathbf{\theta}", r"\boldsymbol{x}", r"\mathscr{L}", r"\mathcal{L}"):
    run = [pandoc, "-t", "html", "--mathml"]
    html = subprocess.run(run, input=f"${formula}$", text=True, capture_output=True).stdout
    letter = re.search("<mi[^>]*>(.)</mi>", html)[1]
    print(formula, "->", unicodedata.name(letter).lower())
END
cat > expected <<'END'
pandoc 3.9
\mathbf{x} -> mathematical bold italic small x
\mathbf{\theta} -> mathematical bold italic small theta
\boldsymbol{x} -> mathematical bold italic small x
\mathscr{L} -> script capital l
\mathcal{L} -> script capital l
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
