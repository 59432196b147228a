"""Downloads (data_fetch): each file from a mirror or its public address, checked, with its source."""


rule data_fetch:
    output:
        file="results/data/{dataset}/{file}",
        source="results/data/{dataset}/{file}.source.json",
    log:
        "results/data/logs/{dataset}/{file}.log",
    benchmark:
        "results/data/benchmarks/{dataset}/{file}.tsv"
    wildcard_constraints:
        file=r"(?!.*\.source\.json$)[^/]+",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=30,
        downloads=1,
    params:
        entry=lambda wildcards: CONTEXT.download(wildcards.dataset, wildcards.file),
    shell:
        "python -m groundwork_harness.pipeline.datasets --dataset {wildcards.dataset} --file {wildcards.file}"
        " --entry {params.entry:q} --out {output.file} --source {output.source} > {log} 2>&1"


# Everything a build needs from outside; after it, the network may be off.
rule fetch:
    input:
        [path for name in CONTEXT.datasets for path in CONTEXT.dataset(name)],
    localrule: True
