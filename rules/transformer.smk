"""4.2 The transformer from scratch: tokens, training, variants, records; the rest in transformer_analysis."""

from glob import glob
from groundwork.pipeline import records

# What was recorded at full scale on some machine (steps and samples), and this build's shapes.
TRANSFORMER_RECORDED = ["train", "variants", "speed", "samples"]
TRANSFORMER_RECORDS = [
    path
    for name in [f"{step}.json" for step in TRANSFORMER_RECORDED] + ["samples.csv"]
    for path in sorted(glob(f"src/recorded/*/transformer/{name}"))
]


include: "transformer_analysis.smk"


rule transformer_tokens:
    input:
        text=dataset("tinyshakespeare", "input.txt"),
    output:
        train=result("transformer/tokens/char_train.npy"),
        validation=result("transformer/tokens/char_validation.npy"),
        tokenizer=result("transformer/tokens/char_vocabulary.json"),
        bpe_train=result("transformer/tokens/bpe_train.npy"),
        bpe_validation=result("transformer/tokens/bpe_validation.npy"),
        bpe_tokenizer=result("transformer/tokens/bpe_vocabulary.json"),
        json=result("transformer/tokens.json"),
    log:
        log("transformer/tokens"),
    benchmark:
        bench("transformer/tokens")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("transformer", "tokens"),
    shell:
        command(
            "--text {input.text} --train {output.train} --validation {output.validation} --tokenizer {output.tokenizer} --bpe-train {output.bpe_train} --bpe-validation {output.bpe_validation} --bpe-tokenizer {output.bpe_tokenizer}"
        )


# Takes every core, since it reports how long it took.
rule transformer_train:
    input:
        train=result("transformer/tokens/char_train.npy"),
        validation=result("transformer/tokens/char_validation.npy"),
        tokenizer=result("transformer/tokens/char_vocabulary.json"),
    output:
        checkpoint=result("transformer/train.safetensors"),
        curve=result("transformer/train.csv"),
        json=result("transformer/train.json"),
    log:
        log("transformer/train"),
    benchmark:
        bench("transformer/train")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=grow(4000),
        runtime=grow(60),
        gpu=gpu("transformer", "train", "loop"),
    params:
        **step("transformer", "train"),
    shell:
        gpu_command(
            "--train {input.train} --validation {input.validation} --tokenizer {input.tokenizer} --checkpoint {output.checkpoint} --curve {output.curve}"
        )


rule transformer_variants:
    input:
        train=result("transformer/tokens/char_train.npy"),
        validation=result("transformer/tokens/char_validation.npy"),
        tokenizer=result("transformer/tokens/char_vocabulary.json"),
        bpe_train=result("transformer/tokens/bpe_train.npy"),
        bpe_validation=result("transformer/tokens/bpe_validation.npy"),
        bpe_tokenizer=result("transformer/tokens/bpe_vocabulary.json"),
    output:
        table=result("transformer/variants.csv"),
        json=result("transformer/variants.json"),
    log:
        log("transformer/variants"),
    benchmark:
        bench("transformer/variants")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=grow(4000),
        runtime=grow(120),
        gpu=gpu("transformer", "variants", "loop"),
    params:
        **step("transformer", "variants"),
    shell:
        gpu_command(
            "--train {input.train} --validation {input.validation} --tokenizer {input.tokenizer} --bpe-train {input.bpe_train} --bpe-validation {input.bpe_validation} --bpe-tokenizer {input.bpe_tokenizer} --table {output.table}"
        )


rule transformer_recorded:
    input:
        shapes=result("transformer/shapes.json"),
        records=TRANSFORMER_RECORDS,
    output:
        table=result("transformer/recorded.csv"),
        texts=result("transformer/recorded/texts.csv"),
        json=result("transformer/recorded.json"),
    log:
        log("transformer/recorded"),
    benchmark:
        bench("transformer/recorded")
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("transformer", "recorded"),
        current=(
            records.current("transformer", TRANSFORMER_RECORDED)
            if TRANSFORMER_RECORDS
            else {}
        ),
    shell:
        command(
            "--records {input.shapes} {input.records} --table {output.table} --texts {output.texts}"
        )
