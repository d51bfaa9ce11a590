#!/bin/sh
# Writes docker/.env with secrets of this machine's own, once: `docker compose` reads it by itself.
# An existing file stays as it is, because a running cluster and its data know its secrets.
set -eu
file="$(dirname "$0")/.env"

if [ -e "$file" ]; then
  echo "$file exists already; delete it (and the volumes) for new secrets" >&2
  exit 0
fi

# 256 bits in hexadecimal: safe in a URL, in YAML and in a shell.
secret() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

umask 077
cat > "$file" <<END
COMPOSE_PROJECT_NAME=ringway
RINGWAY_SECRET=$(secret)
RINGWAY_JWT_SECRET=$(secret)
RINGWAY_ADMIN_TOKEN=$(secret)
RABBITMQ_PASSWORD=$(secret)
END
echo "wrote $file" >&2
