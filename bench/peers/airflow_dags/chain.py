"""A chain of no-op tasks."""

import os

import pendulum
from airflow.sdk import dag, task


@dag(schedule=None, start_date=pendulum.datetime(2026, 1, 1), max_active_tasks=64, is_paused_upon_creation=False)
def chain():
    @task
    def noop():
        return None

    last = None
    for i in range(int(os.environ["CHAIN_LENGTH"])):
        current = noop.override(task_id=f"c{i}")()
        if last is not None:
            last >> current
        last = current


chain()
