#!/usr/bin/env bash
# Wrappers forget that an estimator takes a square kernel matrix.
# touches: scikit-learn
# guessed: whatever wraps KernelRidge(kernel="precomputed") is cross-validated like it, rows and columns split together
# seen: only a Pipeline whose first step is pairwise passes it on; the others split rows alone and predict fails
# here: kernel matrices are split by the project's own code
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 scipy==1.17.1
cat > program.py <<'END'
import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, VotingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, KernelCenterer

x = np.random.default_rng(0).normal(size=(60, 3))
ridge = KernelRidge(kernel="precomputed")
for model in (
    ridge,
    make_pipeline(KernelCenterer(), ridge),
    make_pipeline(FunctionTransformer(), ridge),
    TransformedTargetRegressor(ridge),
    BaggingRegressor(ridge),
    VotingRegressor([("ridge", ridge)]),
):
    first = model[0] if hasattr(model, "steps") else model
    try:
        cross_val_score(model, x @ x.T, x.sum(1), error_score="raise")
        print(type(model).__name__, type(first).__name__, "scored")
    except ValueError as problem:
        print(type(model).__name__, type(first).__name__, str(problem)[:57])
END
cat > expected <<'END'
KernelRidge KernelRidge scored
Pipeline KernelCenterer scored
Pipeline FunctionTransformer Precomputed metric requires shape (n_queries, n_indexed).
TransformedTargetRegressor TransformedTargetRegressor Precomputed metric requires shape (n_queries, n_indexed).
BaggingRegressor BaggingRegressor Precomputed metric requires shape (n_queries, n_indexed).
VotingRegressor VotingRegressor Precomputed metric requires shape (n_queries, n_indexed).
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
