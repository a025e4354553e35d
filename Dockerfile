# The image of Microblog: `docker build -t microblog .`
# It contains no settings and no secrets; both are supplied when a container starts.
ARG BASE=python:3.11.14-slim-bookworm@sha256:65a93d69fa75478d554f4ad27c85c1e69fa184956261b4301ebaf6dbb0a3543d

FROM ${BASE} AS build
WORKDIR /srv/microblog
COPY requirements.txt ./
# Only packages of the lock file, checked by hash; pip itself is not copied to the final image.
RUN python3 -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --disable-pip-version-check --progress-bar=off \
        --require-hashes --only-binary=:all: -r requirements.txt \
    && .venv/bin/pip uninstall --yes --quiet pip setuptools
COPY . .
RUN .venv/bin/pybabel --quiet compile -d app/translations \
    && .venv/bin/python -m compileall -q --invalidation-mode unchecked-hash \
        app deployment migrations config.py setting_values.py microblog.py

FROM ${BASE}
# The base image has its own pip, which nothing here needs.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/* \
    && groupadd --gid 10001 microblog \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /srv/microblog microblog \
    && install -d -o microblog -g microblog -m 700 /srv/microblog/instance \
    && install -d -o microblog -g microblog /secrets/site /secrets/database /secrets/certificate
WORKDIR /srv/microblog
COPY --from=build /srv/microblog ./
ENV PATH=/srv/microblog/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    LISTEN_HOST=0.0.0.0
USER 10001:10001
VOLUME /srv/microblog/instance
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "-m", "deployment.healthcheck"]
ENTRYPOINT ["./boot.sh"]
CMD ["both"]
