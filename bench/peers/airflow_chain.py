"""A chain of no-op tasks in `airflow standalone`, tuned: LocalExecutor on SQLite, a scheduler that never idles. Prints JSON.

The hop is the median of what lies between the starts of two tasks that follow each other.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import datetime
from pathlib import Path

LENGTH, PORT = int(sys.argv[1]), int(sys.argv[2])
HERE = Path(__file__).resolve().parent
BIN = Path(sys.executable).parent


def environment(home: str) -> dict[str, str]:
    tuned = {
        "CORE__DAGS_FOLDER": str(HERE / "airflow_dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": "4",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{PORT}/execution/",
        "API__HOST": "127.0.0.1",
        "API__PORT": str(PORT),
        "API__BASE_URL": f"http://127.0.0.1:{PORT}",
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.05",
        "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        "SCHEDULER__MAX_TIS_PER_QUERY": "64",
        "LOGGING__LOGGING_LEVEL": "WARNING",
        "LOGGING__WORKER_LOG_SERVER_PORT": str(PORT + 1),
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(PORT + 2),
        "USAGE_DATA_COLLECTION__ENABLED": "False",
    }
    return {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "AIRFLOW_HOME": home,
        "CHAIN_LENGTH": str(LENGTH),
        "PYTHONDONTWRITEBYTECODE": "1",
        **{f"AIRFLOW__{name}": value for name, value in tuned.items()},
    }


def call(method: str, path: str, token: str | None = None, body: object = None):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", method=method)
    request.add_header("content-type", "application/json")
    if token:
        request.add_header("authorization", f"Bearer {token}")
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(request, data, timeout=60) as response:
        return json.load(response)


def until(what: str, attempt, seconds: float):
    deadline = time.monotonic() + seconds
    while True:
        try:
            found = attempt()
            if found:
                return found
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise SystemExit(f"It never happened that {what}.")
        time.sleep(0.5)


def hops(instances: list[dict]) -> list[float]:
    starts = sorted(datetime.fromisoformat(each["start_date"]).timestamp() * 1000 for each in instances)
    return [after - before for before, after in zip(starts, starts[1:])]


def measure() -> dict:
    until("Airflow is healthy", lambda: call("GET", "/api/v2/monitor/health"), 180)
    token = call("GET", "/auth/token")["access_token"]
    until("the DAG is known", lambda: call("GET", "/api/v2/dags", token)["total_entries"] >= 1, 120)
    run = f"bench-{time.time_ns()}"
    call("POST", "/api/v2/dags/chain/dagRuns", token, {"dag_run_id": run, "logical_date": None})
    path = f"/api/v2/dags/chain/dagRuns/{run}"
    until("the run has ended", lambda: call("GET", path, token)["state"] in ("success", "failed"), 600)
    instances = call("GET", f"{path}/taskInstances?limit=1000", token)["task_instances"]
    return {"hopMs": statistics.median(hops(instances)), "tasks": len(instances)}


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        log = Path(home) / "standalone.log"
        with log.open("w") as out:
            server = subprocess.Popen(
                [BIN / "airflow", "standalone"], env=environment(home), stdout=out, stderr=out, start_new_session=True
            )
        try:
            print("RESULT " + json.dumps(measure()))
        except BaseException:
            sys.stderr.write(log.read_text()[-2000:])
            raise
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                pass
            try:
                os.killpg(server.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


if __name__ == "__main__":
    main()
