#!/usr/bin/env bash
# onnx.checker passes a product of matrices that do not fit.
# touches: ONNX
# guessed: check_model refuses a MatMul of 2 × 3 by 4 × 5, and infer_shapes raises
# seen: both pass it by default; the declared 7 × 7 output stays; full_check=True and strict_mode=True raise
# here: the ONNX reader of the scheduler checks sizes itself
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet onnx==1.23.2 numpy==2.4.6
cat > program.py <<'END'
from onnx import TensorProto, checker, helper, shape_inference

shapes = {"a": [2, 3], "b": [4, 5], "c": [7, 7]}
a, b, c = (helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in shapes.items())
graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "g", [a, b], [c])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
for name, check in (
    ("check_model", lambda: checker.check_model(model)),
    ("check_model, full_check", lambda: checker.check_model(model, full_check=True)),
    ("infer_shapes", lambda: shape_inference.infer_shapes(model)),
    ("infer_shapes, strict_mode", lambda: shape_inference.infer_shapes(model, strict_mode=True)),
):
    try:
        check()
        print(name, "passed")
    except shape_inference.InferenceError as problem:
        print(name, "raised", type(problem).__name__)
END
cat > expected <<'END'
check_model passed
check_model, full_check raised InferenceError
infer_shapes passed
infer_shapes, strict_mode raised InferenceError
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
