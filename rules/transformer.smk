"""4.2 The transformer from scratch: tokens, training, records, speed; the rest in transformer_analysis."""

from glob import glob

# What was trained at full scale on some machine, and the shapes of this build beside it.
TRANSFORMER_RECORDS = [
    result("transformer/shapes.json"),
    *sorted(glob("src/recorded/*/transformer/train.json")),
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
    threads: workflow.cores
    resources:
        mem_mb=grow(4000),
        runtime=grow(60),
        gpu=gpu("transformer", "train"),
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
    threads: workflow.cores
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        **step("transformer", "variants"),
    shell:
        command(
            "--train {input.train} --validation {input.validation} --tokenizer {input.tokenizer} --bpe-train {input.bpe_train} --bpe-validation {input.bpe_validation} --bpe-tokenizer {input.bpe_tokenizer} --table {output.table}"
        )


rule transformer_recorded:
    input:
        records=TRANSFORMER_RECORDS,
    output:
        table=result("transformer/recorded.csv"),
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
    shell:
        command("--records {input.records} --table {output.table}")


rule transformer_speed:
    input:
        checkpoint=result("transformer/train.safetensors"),
    output:
        samples=result("transformer/speed.csv"),
        json=result("transformer/speed.json"),
    log:
        log("transformer/speed"),
    benchmark:
        bench("transformer/speed")
    threads: workflow.cores
    resources:
        mem_mb=grow(2000),
        runtime=grow(10),
        gpu=gpu("transformer", "speed"),
    params:
        **step("transformer", "speed"),
    shell:
        gpu_command("--checkpoint {input.checkpoint} --samples {output.samples}")
