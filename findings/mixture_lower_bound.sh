#!/usr/bin/env bash
# GaussianMixture.lower_bound_ is not the bound of the fitted model.
# touches: scikit-learn
# guessed: after a fit, lower_bound_ equals score(X) for the parameters that the model holds
# seen: it is the value before the last M step: with max_iter=1 that of the starting point
# here: nothing reads lower_bound_
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cat > program.py <<'END'
import warnings

import numpy as np
from sklearn.mixture import GaussianMixture

warnings.simplefilter("ignore")
x = np.random.default_rng(0).normal(size=(200, 2))
x[:100] += 4
for steps in (1, 3, 200):
    model = GaussianMixture(3, max_iter=steps, random_state=0).fit(x)
    print(model.n_iter_, f"lower_bound_ {model.lower_bound_:.4f} score {model.score(x):.4f}")
END
cat > expected <<'END'
1 lower_bound_ -3.5261 score -3.5061
3 lower_bound_ -3.4989 score -3.4950
11 lower_bound_ -3.4654 score -3.4651
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
