"""Files of runs, as they go out and come in.

cells.py         what a cell says, by the field that it is for
mapping.py       a row of any table as a run
tables.py        CSV, NDJSON and Parquet as rows
parquet.py       runs as Parquet, and back
inspect_logs.py  Inspect AI's eval logs as runs
mlflow_runs.py   the runs of an MLflow store or server
swe_bench.py     predictions, and a report of which are resolved
"""

from management.files.entries import Broken, Entry, SourceError
from management.files.inspect_logs import read_inspect_logs
from management.files.mapping import Mapping
from management.files.mlflow_runs import read_mlflow
from management.files.parquet import load_pyarrow, write_parquet
from management.files.swe_bench import read_swe_bench
from management.files.tables import FORMATS, choose_form, read_table

__all__ = [
    "FORMATS",
    "Broken",
    "Entry",
    "Mapping",
    "SourceError",
    "choose_form",
    "load_pyarrow",
    "read_inspect_logs",
    "read_mlflow",
    "read_swe_bench",
    "read_table",
    "write_parquet",
]
