#!/usr/bin/env bash
# Other schedulers on the job of `cargo bench --bench engine -- burst`: many jobs due at one instant, each of which only
# notes when it began. Installs them into a directory that is gone afterwards; needs python3 with venv, node and npm.
#
#   benches/peers/run.sh [JOBS]          10,000 unless said otherwise
set -euo pipefail

jobs=${1:-10000}
apscheduler=${APSCHEDULER:-3.11.3}
node_cron=${NODE_CRON:-4.6.0}

here=$(cd "$(dirname "$0")" && pwd)
there=$(mktemp -d)
trap 'rm -rf "$there"' EXIT

python3 -m venv "$there/venv"
"$there/venv/bin/pip" install --quiet --disable-pip-version-check "apscheduler==$apscheduler" "sqlalchemy>=2,<3"
cp "$here/node_cron.mjs" "$there/"
npm install --silent --no-audit --no-fund --prefix "$there" "node-cron@$node_cron"

echo "$(nproc) cores, $(python3 --version), node $(node --version); lateness of the start in ms"
echo
echo "| program | armed, MB | began | lost | twice | p50 | p99 | max |"
echo "|---|---|---|---|---|---|---|---|"
for way in threads asyncio threads-no-grace sqlite-no-grace; do
    "$there/venv/bin/python" "$here/apscheduler_burst.py" "$way" "$jobs" "$there/jobs.db"
done
node "$there/node_cron.mjs" "$jobs"
