# One image for web, workers and clock; docker-compose.yml says which is which.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    LOGOSITE_VAR=/srv/var \
    STATIC_ROOT=/srv/static \
    NUMBA_CACHE_DIR=/tmp/numba \
    HF_HOME=/srv/var/huggingface

# OpenMP, which scikit-learn and torch load; everything else is in the wheels.
RUN apt-get update \
 && apt-get install -y --no-install-recommends libgomp1 \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/logosite
COPY requirements*.txt requirements.lock ./
ARG EXTRA_REQUIREMENTS=""
# torch first, at the versions of requirements.txt; everything else by its hash.
RUN pip install --constraint requirements.txt torch torchvision \
 && pip install --no-deps --require-hashes -r requirements.lock \
 && for file in ${EXTRA_REQUIREMENTS}; do pip install --no-deps -r "$file"; done
COPY . .

# collectstatic needs a key and stores nothing that depends on it.
RUN SECRET_KEY=used-while-building-only-and-for-nothing-that-anybody-signs \
    python manage.py collectstatic --noinput --verbosity 0 \
 && useradd --uid 10001 --home-dir /srv/var --shell /usr/sbin/nologin logosite \
 && mkdir -p /srv/var \
 && chown -R logosite:logosite /srv/var
USER logosite
VOLUME /srv/var
EXPOSE 8000

HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/', timeout=4)"]
CMD ["python", "-m", "logosite.processes", "web"]
