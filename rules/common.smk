"""The few words that every rule file uses; what they mean is in groundwork_harness.pipeline.context.

First go timings (`priority: 100`, more than all that could run together instead), which want all
cores, while all are free; then what is long, or what figures wait for (`priority: 1`: films, PDFs,
some steps), so that nothing waits for one at the end.
"""


# Used only with --software-deployment-method apptainer; `make image` makes this file out of the
# Dockerfile, which installs requirements.lock.
container: "groundwork.sif"


wildcard_constraints:
    room="|".join(CONTEXT.rooms) or "none",
    dataset="[a-z0-9_]+",


result = CONTEXT.result  # result("operators/svd.npz"): its path at this scale
final = CONTEXT.final  # final("pdf/operators.pdf"): reports/pdf/operators.pdf
log = CONTEXT.log  # log("operators/svd"): where the step's words go
bench = CONTEXT.bench  # bench("operators/svd"): its wall time and memory
dataset = CONTEXT.dataset  # dataset("mnist") or dataset("mnist", "file"): paths
native = CONTEXT.native  # native("matmul"): the room's shared library
step = CONTEXT.step  # params of a step: script, settings, code closure
gpu = CONTEXT.gpu  # gpu("transformer", "speed"): 1 where its settings say cuda, or 0
grow = CONTEXT.grow  # grow(4000): so much, and as much again at each retry elsewhere

END = " > {log} 2>&1"
# Results do not depend on how many cores a machine has, nor on what a shell would force on BLAS.
ONE_THREAD = (
    "env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE"
    " OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1"
)


def document_command(words):
    """A command of `groundwork_harness.documents` on this scale's results."""
    return f"python -m groundwork_harness.documents {words} --results {RESULTS} --scale {SCALE}{END}"


def ledger_command(*options):
    """The command that writes a ledger."""
    start = f"python -m groundwork_harness.pipeline.ledger --results {RESULTS}"
    fixed = "--settings {params.settings:q} --pages {input.pages} --files {input.files}"
    return " ".join([start, fixed, *options, "--out {output.ledger}"]) + END


include: "step.smk"
