#!/usr/bin/env bash
# ONNX shape inference hides the sizes behind a computed Reshape.
# touches: ONNX
# guessed: Shape, Concat and Reshape to (n, 24) are inferred as (n, 24)
# seen: two unknown sizes with made-up names, unk__0 and unk__1; data_prop=True finds n and 24
# here: the scheduler's importer infers with data_prop=True
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet onnx==1.23.2 numpy==2.4.6
cat > program.py <<'END'
import numpy as np
from onnx import TensorProto, helper, numpy_helper, shape_inference

x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4, 6])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
nodes = [
    helper.make_node("Shape", ["x"], ["rows"], start=0, end=1),
    helper.make_node("Concat", ["rows", "columns"], ["shape"], axis=0),
    helper.make_node("Reshape", ["x", "shape"], ["y"]),
]
graph = helper.make_graph(nodes, "g", [x], [y], [numpy_helper.from_array(np.array([24]), "columns")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
for data_prop in (False, True):
    found = shape_inference.infer_shapes(model, data_prop=data_prop).graph.output[0]
    print(data_prop, [d.dim_param or d.dim_value for d in found.type.tensor_type.shape.dim])
END
cat > expected <<'END'
False ['unk__0', 'unk__1']
True ['n', 24]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
