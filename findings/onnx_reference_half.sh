#!/usr/bin/env bash
# ONNX's reference evaluator sums float16 worse than the runtime.
# touches: ONNX, ONNX Runtime
# guessed: the reference evaluator gives the right sum of 4,096 ones in float16, which a runtime may miss
# seen: the reference says 2,048 and ONNX Runtime 4,096: the reference adds in float16, one after another
# here: no oracle here sums half precision in half precision
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet onnx==1.23.2 numpy==2.4.6 onnxruntime==1.32.0
cat > program.py <<'END'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

onnxruntime.set_default_logger_severity(3)
x = helper.make_tensor_value_info("x", TensorProto.FLOAT16, [4096, 2])
y = helper.make_tensor_value_info("y", TensorProto.FLOAT16, [2])
nodes = [helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)]
graph = helper.make_graph(nodes, "g", [x], [y], [numpy_helper.from_array(np.array([0]), "axes")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
feed = {"x": np.ones((4096, 2), np.float16)}
print("reference", ReferenceEvaluator(model).run(None, feed)[0].tolist())
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
print("runtime", session.run(None, feed)[0].tolist())
END
cat > expected <<'END'
reference [2048.0, 2048.0]
runtime [4096.0, 4096.0]
END
PYTHONWARNINGS=ignore venv/bin/python program.py > seen
cat seen
diff expected seen
