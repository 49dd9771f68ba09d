"""A worker as another team has it: it knows Temporal, and nothing of Rekindle.

    python worker.py ADDRESS NAMESPACE TASK_QUEUE LOG

Says "ready" when it listens. Each line of LOG is one thing that an activity did.
"""

import asyncio
import sys
from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

LOG = sys.argv[4] if len(sys.argv) > 4 else "/dev/null"


def note(what: str) -> None:
    with open(LOG, "a") as log:
        log.write(what + "\n")


@dataclass
class Text:
    text: str


@dataclass
class Report:
    title: str
    words: int


@activity.defn(name="py.words")
async def words(given: Text) -> dict:
    found = given.text.split()
    return {"words": found, "count": len(found)}


@activity.defn(name="py.letters")
async def letters(given: Text) -> int:
    return len(given.text)


@activity.defn(name="py.nothing")
async def nothing(given: Text) -> dict:
    return {"$skipped": f"nothing in '{given.text}'"}


@activity.defn(name="py.flaky")
async def flaky(_: dict) -> dict:
    attempt = activity.info().attempt
    if attempt < 3:
        raise ApplicationError(f"not at try {attempt}", type="TooEarly")
    return {"$output": "at last", "$tries": attempt}


@activity.defn(name="py.broken")
async def broken(_: dict) -> None:
    raise ApplicationError("column 'price' is missing", type="SchemaMismatch", non_retryable=True)


@activity.defn(name="py.make")
async def make(given: Text) -> dict:
    note(f"made {given.text}")
    return {"id": given.text}


@activity.defn(name="py.remove")
async def remove(made: dict) -> None:
    note(f"removed {made['id']}")


@activity.defn(name="py.long")
async def long(_: dict) -> int:
    """Goes on where the try before has left off."""
    details = activity.info().heartbeat_details
    step = int(details[0]) if details else 0
    note(f"long begins at {'the start' if step == 0 else 'a step'}")
    while step < 30:
        step += 1
        activity.heartbeat(step)
        note(f"step {step}")
        await asyncio.sleep(0.1)
    return step


@workflow.defn(name="PyReport")
class PyReport:
    @workflow.run
    async def run(self, report: Report) -> dict:
        if report.words == 0:
            raise ApplicationError("nothing to report", type="EmptyReport", non_retryable=True)
        size = await workflow.execute_activity(
            "py.letters", Text(report.title), start_to_close_timeout=timedelta(seconds=10)
        )
        return {"pages": report.words * size}


async def main() -> None:
    address, namespace, queue = sys.argv[1:4]
    client = await Client.connect(address, namespace=namespace)
    activities = [words, letters, nothing, flaky, broken, make, remove, long]
    async with Worker(client, task_queue=queue, workflows=[PyReport], activities=activities):
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
