# The images of Calypso: what Airflow's components run in, the SFTP server, and the web server of reports.
# Nothing secret is in any layer: secrets are made on first start, in volumes.

# ---- locked: everything of uv.lock, built apart so that no tool of building stays behind
FROM python:3.13-slim AS locked
RUN pip install --no-cache-dir uv==0.13.9
# What else of pyproject.toml is wanted, such as "--group storage".
ARG GROUPS=""
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1 UV_NO_CACHE=1
WORKDIR /opt/calypso
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-default-groups --group containers $GROUPS --no-install-project --python python3
COPY README.md LICENSE ./
COPY include include
COPY expectations expectations
RUN uv sync --frozen --no-default-groups --group containers $GROUPS --python python3

# ---- calypso: the platform and Airflow, as an account that owns nothing but its state
FROM python:3.13-slim AS calypso
RUN groupadd --gid 10001 calypso \
    && useradd --uid 10001 --gid calypso --home-dir /var/lib/calypso --no-create-home --shell /usr/sbin/nologin calypso \
    # A new volume takes the owner of the folder that it is mounted on.
    && for folder in secrets secrets/superuser secrets/queue secrets/airflow \
        secrets/airflow/queue hub host keys door landing reports signing dbt \
        simulation web airflow airflow/logs; do install -d -m 0700 -o calypso -g calypso /var/lib/calypso/$folder; done \
    && chmod 0755 /var/lib/calypso/door /var/lib/calypso/reports /var/lib/calypso/web \
    && chown calypso:calypso /var/lib/calypso
COPY --from=locked /opt/calypso /opt/calypso
COPY dags /opt/calypso/dags
COPY dbt /opt/calypso/dbt
COPY containers/health /usr/local/bin/health
ENV PATH=/opt/calypso/.venv/bin:$PATH PYTHONUNBUFFERED=1 CALYPSO_HOME=/var/lib/calypso
WORKDIR /opt/calypso
USER calypso
CMD ["calypso", "--help"]

# ---- sftp: OpenSSH, which needs root to let each account into its own tree; nothing else of it runs as root
FROM debian:trixie-slim AS sftp
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libnss-extrausers openssh-server procps \
    && rm -rf /var/lib/apt/lists/* /etc/ssh/ssh_host_* \
    # The hub is the account of the platform on both sides, so that it may also write where it has the volume.
    && groupadd --gid 10001 hub \
    && useradd --uid 10001 --gid hub --home-dir / --no-create-home --shell /usr/sbin/nologin --password '*' hub \
    && sed -i -E 's/^(passwd|group|shadow):.*/\1: files extrausers/' /etc/nsswitch.conf
COPY containers/sftp/*.conf /etc/ssh/
COPY --chmod=0755 containers/sftp/serve containers/sftp/session containers/sftp/keys-of /usr/local/sbin/
EXPOSE 2222 2223
CMD ["/usr/local/sbin/serve"]

# ---- web: the site, files and nothing else
FROM debian:trixie-slim AS web
RUN apt-get update \
    && apt-get install --yes --no-install-recommends nginx-light \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 calypso \
    && useradd --uid 10001 --gid calypso --home-dir / --no-create-home --shell /usr/sbin/nologin calypso
COPY containers/web/nginx.conf /etc/nginx/nginx.conf
COPY --chmod=0755 containers/web/serve /usr/local/bin/serve
USER calypso
EXPOSE 8081
CMD ["serve"]
