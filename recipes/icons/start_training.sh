#!/bin/sh
# Starts or resumes the training in the background, at the lowest priority. Usage: ./start_training.sh --minutes 60 ...
# Passive waiting: when other work takes a core, the other thread must not spin.
work=${EASEL_TRAIN:-/work/train}
cd "$(dirname "$0")" && mkdir -p "$work/log"
OMP_WAIT_POLICY=PASSIVE setsid nohup nice -n 19 "$work/venv/bin/python" train.py "$@" >> "$work/log/train.txt" 2>&1 &
echo $! > "$work/log/train.pid"
