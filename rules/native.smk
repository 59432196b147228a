"""C++ built by CMake: a shared library per room of native/, and its ctest report.

Rebuilding rests on the content of the room's own files, of native/common, of the CMake files, and
on the flags. Results are shared by all scales.
"""

import json
from pathlib import Path

NATIVE_ROOMS = sorted(
    path.parent.name for path in Path("native").glob("*/CMakeLists.txt")
)


wildcard_constraints:
    program="[a-z0-9_]+",


rule native_library:
    input:
        sources=lambda wildcards: CONTEXT.native_sources(wildcards.room),
        project="native/CMakeLists.txt",
        script="workflow/steps/native/build.py",
    output:
        library=native("{room}"),
    log:
        "results/native/logs/{room}.build.log",
    benchmark:
        "results/native/benchmarks/{room}.build.tsv"
    threads: 4
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        settings=json.dumps(config["native"], sort_keys=True),
        build="results/native/build/{room}",
    shell:
        "python {input.script} --room {wildcards.room} --settings {params.settings:q}"
        " --build {params.build} --jobs {threads} --library {output.library} > {log} 2>&1"


rule native_program:
    """A program of a room's build, for a step that runs it under a simulator or a counter."""
    input:
        library=rules.native_library.output.library,
        sources=lambda wildcards: CONTEXT.native_sources(wildcards.room),
        script="workflow/steps/native/build.py",
    output:
        program="results/native/programs/{room}/{program}",
    log:
        "results/native/logs/{room}.{program}.log",
    benchmark:
        "results/native/benchmarks/{room}.{program}.tsv"
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        settings=json.dumps(config["native"], sort_keys=True),
        build="results/native/build/{room}",
    shell:
        "python {input.script} --room {wildcards.room} --settings {params.settings:q}"
        " --build {params.build} --jobs {threads} --program {output.program} > {log} 2>&1"


rule native_test:
    input:
        library=rules.native_library.output.library,
        sources=lambda wildcards: CONTEXT.native_sources(wildcards.room),
        script="workflow/steps/native/build.py",
    output:
        junit="results/native/{room}.ctest.xml",
    log:
        "results/native/logs/{room}.ctest.log",
    benchmark:
        "results/native/benchmarks/{room}.ctest.tsv"
    threads: 2
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        settings=json.dumps(config["native"], sort_keys=True),
        build="results/native/build/{room}",
    shell:
        "python {input.script} --room {wildcards.room} --settings {params.settings:q}"
        " --build {params.build} --jobs {threads} --junit {output.junit} > {log} 2>&1"


rule native:
    """Every native library, built and tested."""
    input:
        expand(rules.native_library.output.library, room=NATIVE_ROOMS),
        expand(rules.native_test.output.junit, room=NATIVE_ROOMS),
