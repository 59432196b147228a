"""The few words that every rule file uses; what they mean is in groundwork.pipeline.house."""


# Used only with --software-deployment-method apptainer; what the rules run is pinned in
# requirements.lock, whose versions enter every code closure.
container: "docker://python:3.11-bookworm"


wildcard_constraints:
    room="[a-z_]+",
    figure="[a-z0-9_]+",
    dataset="[a-z0-9_]+",


result = HOUSE.result  # result("operators/svd.npz"): results/<scale>/operators/svd.npz
log = HOUSE.log  # log("operators/svd"): where the step's words go
bench = HOUSE.bench  # bench("operators/svd"): its wall time and memory
dataset = HOUSE.dataset  # dataset("mnist") or dataset("mnist", "file"): downloaded files
native = HOUSE.native  # native("matmul"): the room's shared library
step = HOUSE.step  # params of a step: script, settings, code closure

# A step's command, to be pasted into a shell as it stands. One BLAS thread unless the step's own
# settings say otherwise, so that results do not depend on how many cores a machine has.
STEP = (
    "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 "
    "python workflow/steps/{params.script} --settings {params.settings:q} --json {output.json}"
)
END = " > {log} 2>&1"
