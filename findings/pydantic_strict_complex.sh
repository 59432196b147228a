#!/usr/bin/env bash
# Strict mode lets text pass as a complex number.
# touches: pydantic
# guessed: strict validation in Python refuses "1+2j" for a complex field, as it refuses "1" for an int or a float
# seen: it takes the text; int, float, Decimal and Fraction refuse theirs
# here: no setting is complex
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet pydantic==2.14.3
cat > program.py <<'END'
from decimal import Decimal
from fractions import Fraction

from pydantic import TypeAdapter, ValidationError

for kind, text in ((int, "1"), (float, "1.5"), (Decimal, "1.5"), (Fraction, "1/2"), (complex, "1+2j")):
    try:
        print(kind.__name__, repr(text), "taken:", TypeAdapter(kind).validate_python(text, strict=True))
    except ValidationError:
        print(kind.__name__, repr(text), "refused")
END
cat > expected <<'END'
int '1' refused
float '1.5' refused
Decimal '1.5' refused
Fraction '1/2' refused
complex '1+2j' taken: (1+2j)
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
