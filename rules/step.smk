"""What a step's rule takes over (step): the command, its threads of BLAS, its GPU."""


rule step:
    """What the rules of all steps share: `use rule step as <room>_<step> with:` its files and params.

    Each named input and output is an option of the command. One BLAS thread unless the settings say
    otherwise, so that results do not depend on how many cores a machine has; and the kernels that
    OpenBLAS itself takes for this processor, whatever the shell would force on it. Script, settings and code are each rule's
    own `**step(room, step)`: what is derived from files here, Snakemake does not watch for changes.
    Its `python` forks an interpreter that has imported the libraries already, where this run has one.
    """
    log:
        log("step"),
    params:
        environment="",
        gpu=lambda wildcards, resources: (
            f"GROUNDWORK_GPU={resources.gpu}" if "gpu" in resources.keys() else ""
        ),
        files=lambda wildcards, input, output: CONTEXT.options(input, output),
    shell:
        ONE_THREAD + " {params.gpu} {params.environment}"
        " {params.python} {params.script} --code {params.code} --settings {params.settings:q} {params.files}"
        + END
