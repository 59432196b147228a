#!/usr/bin/env bash
# pandoc's writers drop rules, colour and fraction sizes of formulas without a warning.
# touches: pandoc, Typst, MathML
# guessed: what a writer cannot say is kept as TeX with a warning, as an unknown command is
# seen: rules of an array and colour vanish in Typst and MathML, \tfrac, \dfrac and \textstyle in Typst; exit 0 and not a word
# here: pages use none but \tfrac, whose fraction is small on the site and of usual size in print
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet pypandoc_binary==1.17
cat > program.py <<'END'
import re
import subprocess

import pypandoc

pandoc = pypandoc.get_pandoc_path()


def written(formula, *writer):
    done = subprocess.run(
        [pandoc, "--fail-if-warnings", "-t", *writer], input=f"$${formula}$$", text=True, capture_output=True
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()


print("pandoc", pypandoc.get_pandoc_version())
for formula in (
    r"\begin{array}{c|c}a&b\\\hline c&d\end{array}",
    r"{\color{red}x}",
    r"\tfrac12",
    r"\dfrac12",
    r"\textstyle\sum_i",
):
    code, typst, said = written(formula, "typst")
    _, html, more = written(formula, "html", "--mathml")
    kept = sorted(set(re.findall(r"rowlines|columnlines|mathcolor|border|displaystyle", html)))
    print(formula, "->", code, " ".join(typst.split()), "| MathML keeps", kept, said + more or "no warning")
END
cat > expected <<'END'
pandoc 3.9
\begin{array}{c|c}a&b\\\hline c&d\end{array} -> 0 $ a & b\ c & d $ | MathML keeps [] no warning
{\color{red}x} -> 0 $ x $ | MathML keeps [] no warning
\tfrac12 -> 0 $ 1 / 2 $ | MathML keeps ['displaystyle'] no warning
\dfrac12 -> 0 $ 1 / 2 $ | MathML keeps ['displaystyle'] no warning
\textstyle\sum_i -> 0 $ sum_i $ | MathML keeps [] no warning
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
