#!/usr/bin/env bash
# GaussianMixture.sample repeats itself and comes out sorted.
# touches: scikit-learn
# guessed: two calls of sample give two draws, in random order, as a NumPy generator does
# seen: with a whole number as random_state each call gives the same points, and they stand component by component
# here: samples are drawn with the project's own generator
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cat > program.py <<'END'
import numpy as np
from sklearn.mixture import GaussianMixture

x = np.random.default_rng(0).normal(size=(200, 2))
x[:100] += 4
model = GaussianMixture(2, random_state=0).fit(x)
(first, labels), (second, _) = model.sample(12), model.sample(12)
print("same points twice", np.array_equal(first, second))
print("labels sorted", (np.diff(labels) >= 0).all())
END
cat > expected <<'END'
same points twice True
labels sorted True
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
