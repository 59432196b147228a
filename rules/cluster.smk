"""What the guide says of clusters; how jobs are sent is in executors.smk and profiles/."""


# What sending a job costs, for the guide; recorded by tests/cluster/record_submission.py.
use rule step as cluster_submission with:
    input:
        record="src/recorded/one-node-slurm/cluster/submission.json",
    output:
        json=result("cluster/submission.json"),
    log:
        log("cluster/submission"),
    benchmark:
        bench("cluster/submission")
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("cluster", "submission"),


include: "guide.smk"
