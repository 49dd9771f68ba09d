"""A chain of no-op tasks in one Prefect process with its ephemeral API on SQLite. Prints JSON: milliseconds of each run, and of a hop."""

import json
import statistics
import sys
import time

from prefect import flow, task

LENGTH, REPETITIONS = int(sys.argv[1]), int(sys.argv[2])


@task
def noop() -> None:
    return None


@flow(log_prints=False)
def chain() -> None:
    for _ in range(LENGTH):
        noop()


def run() -> float:
    since = time.perf_counter()
    chain()
    return (time.perf_counter() - since) * 1000


if __name__ == "__main__":
    run()
    times = [run() for _ in range(REPETITIONS)]
    print("RESULT " + json.dumps({"ms": times, "hopMs": statistics.median(times) / LENGTH}))
