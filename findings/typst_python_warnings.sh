#!/usr/bin/env bash
# typst.compile keeps its warnings to itself, those of numbers that never settle among them.
# touches: Typst, Python
# guessed: a layout that does not settle in five rounds, or a font that lacks, is told on stderr or as a Python warning
# seen: typst.compile writes the PDF and says nothing; compile_with_warnings hands the same warnings over
# here: documents/pdf.py asks for them and shows them (tests/press/test_pdf.py)
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet typst==0.15.2
cat > program.py <<'END'
import pathlib
import subprocess
import sys

import typst

TEXTS = {
    "settles": "Words.",
    "never settles": '#context counter("c").update(counter("c").final().at(0) + 1)',
    "lacks a font": '#set text(font: "No Such Font")\nWords.',
}
CALL = "import sys, typst; typst.compile('a.typ', output='a.pdf', ignore_system_fonts=True)"
for name, text in TEXTS.items():
    pathlib.Path("a.typ").write_text(text)
    done = subprocess.run([sys.executable, "-Walways", "-c", CALL], capture_output=True, text=True)
    _, warnings = typst.compile_with_warnings("a.typ", ignore_system_fonts=True)
    told = repr(done.stdout + done.stderr)
    print(name, "| exit", done.returncode, "| compile says", told, "| warnings", [w.message for w in warnings][:1])
END
cat > expected <<'END'
settles | exit 0 | compile says '' | warnings []
never settles | exit 0 | compile says '' | warnings ['document did not converge within five attempts']
lacks a font | exit 0 | compile says '' | warnings ['unknown font family: no such font']
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
