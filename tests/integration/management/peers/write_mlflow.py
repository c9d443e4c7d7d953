"""Run by MLflow's own Python: records two runs in the store that is named."""

from __future__ import annotations

import sys

import mlflow

mlflow.set_tracking_uri(sys.argv[1])
mlflow.set_experiment("coder")
with mlflow.start_run(run_name="good"):
    mlflow.log_params({"model": "m1", "version": "1.2", "temperature": 0.5})
    mlflow.log_metric("cost", 0.125)
    mlflow.log_metric("cost", 0.25)
    mlflow.log_metrics({"accuracy": 0.9, "prompt_tokens": 1200})
with mlflow.start_run(run_name="bad"):
    mlflow.log_metric("cost", 0.5)
    mlflow.end_run("FAILED")
