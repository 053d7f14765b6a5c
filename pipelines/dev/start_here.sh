# Jupyter from the Python environment that is on the PATH: start_here.sh STARTUP_FILE PORT
# A kernel answers once its Spark is up, which a busy laptop may need more than Jupyter's minute for.
PYTHONSTARTUP=$1 exec jupyter lab --allow-root --no-browser --ip=127.0.0.1 --port="$2" --ServerApp.port_retries=0 \
  --MappingKernelManager.kernel_info_timeout=600
