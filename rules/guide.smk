"""Tables of the guide that come from files of this tree."""


# Scripts in findings/ are run by hand: they install packages, so no rule runs them.
use rule step as guide_surprises with:
    input:
        scripts=sorted(map(str, Path("findings").glob("*.sh"))),
        known="findings/known.csv",
    output:
        table=result("guide/surprises.csv"),
        json=result("guide/surprises.json"),
    log:
        log("guide/surprises"),
    benchmark:
        bench("guide/surprises")
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("guide", "surprises"),
