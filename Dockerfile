# One recipe for every image: docker build --build-arg SERVICE=watcher --tag postflow-watcher .
#
# SERVICE is a folder of services/, or `provision`, or `demo` (the simulators and the demo's movie).
# Behind a proxy with a certificate authority of its own: --secret id=ca,src=/path/to/bundle.pem. It stays in no layer.
# Another base, or the same one by its digest: --build-arg BASE=python:3.13-slim@sha256:…

ARG BASE=python:3.13-slim

FROM ${BASE} AS tools
WORKDIR /src
COPY requirements/build.txt requirements/
RUN --mount=type=secret,id=ca --mount=type=cache,target=/root/.cache/pip \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    python -m venv /tools && \
    /tools/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/build.txt && \
    python -m venv --without-pip /app
ENV INSTALL="/tools/bin/python -m pip --disable-pip-version-check --python /app/bin/python install --quiet"

# What all have in common, so that the next image finds it done.
FROM tools AS third-parties
COPY requirements/postflow.txt requirements/
RUN --mount=type=secret,id=ca --mount=type=cache,target=/root/.cache/pip \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    $INSTALL --require-hashes -r requirements/postflow.txt

FROM third-parties AS build
ARG SERVICE
COPY requirements/ requirements/
RUN --mount=type=secret,id=ca --mount=type=cache,target=/root/.cache/pip \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    case "$SERVICE" in provision) set=postflow ;; *) set="$SERVICE" ;; esac; \
    $INSTALL --require-hashes -r "requirements/$set.txt"
COPY shared/ shared/
COPY services/ services/
COPY onehost/ onehost/
COPY tests/simulators/ tests/simulators/
# Our own packages are looked up nowhere: they are folders of this repository.
RUN case "$SERVICE" in \
      provision) packages="shared" run="postflow.provision" ;; \
      demo) packages="shared onehost tests/simulators" run="simulators.frameio" ;; \
      *) packages="shared services/$SERVICE" run="$SERVICE" ;; \
    esac; \
    for package in $packages; do \
      /tools/bin/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-index --no-build-isolation \
        --wheel-dir /wheels "./$package" || exit 1; \
    done; \
    $INSTALL --no-deps --no-index /wheels/*.whl && \
    printf '#!/bin/sh\nexec python -P -m %s "$@"\n' "$run" > /app/bin/service && chmod 755 /app/bin/service

FROM ${BASE}
ARG SERVICE
LABEL org.opencontainers.image.title="postflow-${SERVICE}" org.opencontainers.image.licenses="Apache-2.0"
# /data is for a volume: whoever the container runs as may write there, and a new volume takes that over.
RUN install -d -m 1777 /data
COPY --from=build /app /app
# No bytecode is written at run time: all of it is compiled, and the root is read-only.
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["python", "-P", "-m", "postflow.probe"]
# `service` becomes Python (exec), so that SIGTERM reaches it.
CMD ["service"]
