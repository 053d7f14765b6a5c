#!/bin/sh
# Jupyter as whoever owns the notebooks, so that what is written to them here is theirs outside.
set -eu
owner=$(stat -c %u /notebooks) group=$(stat -c %g /notebooks)
export HOME=/tmp/home
mkdir -p "$HOME"
chown "$owner:$group" "$HOME"
cd /notebooks
# A kernel answers once its Spark is up, which a busy laptop may need more than Jupyter's minute for.
exec setpriv --reuid "$owner" --regid "$group" --clear-groups \
  python3 -m jupyterlab --allow-root --no-browser --ip=0.0.0.0 --port=8888 --ServerApp.port_retries=0 \
  --MappingKernelManager.kernel_info_timeout=600
