# Jupyter from the Python environment that is on the PATH: start_here.sh STARTUP_FILE PORT
PYTHONSTARTUP=$1 exec jupyter lab --allow-root --no-browser --ip=127.0.0.1 --port="$2" --ServerApp.port_retries=0
