# Galeno in a container. NOT TRIED: no container engine runs where this was written, and its tests
# (tests/test_container.py) only read it. docs/HOSTING.md says more. With a read-only root:
#
#   docker build -t galeno .
#   docker run --rm --read-only --tmpfs /tmp -p 127.0.0.1:7860:7860 galeno

FROM python:3.11-slim

# Optional: the address of an index that has the CPU build of torch, as PyTorch's installation page gives it for "CPU".
# Without it pip takes the build that the plain index offers, which may be a CUDA build of several GB.
ARG TORCH_INDEX
# Optional: any value, and Ray comes along, for `python -m serving` and screening on a cluster (docs/SCALING.md).
ARG SCALE

WORKDIR /app

# What changes least comes first, so that an edited article does not install everything again. The checks (pytest,
# ruff, …) are the last part of the file and stay out.
# Everything that comes along has the version of the lock; its hashes stay out, since torch has none there.
COPY requirements.txt requirements.lock requirements-scale.txt requirements-scale.lock ./
RUN sed '/^# the checks$/,$d' requirements.txt > /tmp/needed.txt \
    && sed '/--hash=/d; s/ \\$//' requirements.lock > /tmp/locked.txt \
    && if [ -n "$TORCH_INDEX" ]; then \
        pip install --no-cache-dir --root-user-action=ignore --index-url "$TORCH_INDEX" "$(grep '^torch==' /tmp/needed.txt)"; \
    fi \
    && pip install --no-cache-dir --root-user-action=ignore -c /tmp/locked.txt -r /tmp/needed.txt \
    && if [ -n "$SCALE" ]; then \
        sed '/^-c /d' requirements-scale.txt > /tmp/scale.txt; \
        sed '/--hash=/d; s/ \\$//' requirements-scale.lock >> /tmp/locked.txt; \
        pip install --no-cache-dir --root-user-action=ignore -c /tmp/locked.txt -r /tmp/scale.txt; \
    fi \
    && rm -f /tmp/needed.txt /tmp/locked.txt /tmp/scale.txt

# Then code and weights, owned by root: whoever runs the container cannot change them.
COPY LICENSE NOTICE ./
COPY vision_models vision_models
COPY intents intents
COPY knowledge_base knowledge_base
COPY assistant assistant
COPY ui ui
COPY serving serving
COPY app.py .
# A checkout made under a strict umask has files that only its owner can read; and a read-only root cannot keep
# compiled code, so it is compiled now.
RUN find . ! -perm -o=r -exec chmod a+rX {} + \
    && python -m compileall -q app.py assistant intents knowledge_base serving ui vision_models

# GALENO_CONTAINER         listens on 0.0.0.0: inside, 127.0.0.1 could not be reached from outside
# HOME                     some libraries make a folder in it; /tmp is the only place that can be written
# GRADIO_TEMP_DIR          where Gradio puts an upload until its turn has read it
# MPLCONFIGDIR             matplotlib's cache, should something import it; else it warns about HOME
# PYTHONDONTWRITEBYTECODE  no attempts to write beside the code. (PYTHONPYCACHEPREFIX is not set: with it Python
#                          would pass over what was compiled above and by pip, and compile all of it at each start)
# PYTHONUNBUFFERED         log lines come out at once
# HF_HUB_OFFLINE           nothing is asked of the hub; 0 only for a model that is named by its name there
# TOKENIZERS_PARALLELISM   no threads beyond those of GALENO_THREADS
ENV GALENO_CONTAINER=1 \
    PORT=7860 \
    HOME=/tmp \
    GRADIO_TEMP_DIR=/tmp/gradio \
    MPLCONFIGDIR=/tmp/matplotlib \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    TOKENIZERS_PARALLELISM=false

# A number, not a name, so that a cluster can see that it is not root; 1000 is also what a Docker Space runs as.
USER 1000:1000

EXPOSE 7860

# Asks http://127.0.0.1:${PORT}/ without a proxy, whatever http_proxy says; an error is an exit status of 1.
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import os; from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:' + os.environ['PORT'] + '/health', timeout=8)"]

# Process 1 does not react to SIGTERM unless it handles it; SIGINT ends app.py as Ctrl-C does.
STOPSIGNAL SIGINT

CMD ["python", "app.py"]
