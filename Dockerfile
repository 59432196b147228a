# The environment of requirements.lock with the programs that rules call: the image of the container
# line in rules/common.smk. `make image` builds it; the checkout is mounted, and no part of it.
FROM python:3.11-slim-bookworm

SHELL ["/bin/bash", "-o", "pipefail", "-c"]

# g++ builds native/, valgrind counts cache misses, LaTeX sets the PDFs. Debian keeps one version of a
# package in a release, so a pinned one would soon be gone.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        g++ git lmodern make texlive-latex-recommended valgrind \
    && rm -rf /var/lib/apt/lists/*

# Empty takes the ordinary build of PyTorch, for machines with a GPU.
ARG TORCH_CPU=https://download.pytorch.org/whl/cpu
# The version of PyTorch is read out of the lock, which pins all others too.
COPY requirements.lock /opt/requirements.lock
# hadolint ignore=DL3013
RUN torch=$(sed -n 's/^\(torch==[0-9.]*\).*/\1/p' /opt/requirements.lock) \
    && if [ -n "$TORCH_CPU" ]; then \
        pip install --no-cache-dir --no-deps --index-url "$TORCH_CPU" "$torch"; fi \
    && pip install --no-cache-dir -r /opt/requirements.lock

ENV MPLCONFIGDIR=/tmp/matplotlib PYTHONDONTWRITEBYTECODE=1
