"""Starts a DAG run, answers its approval and prints what it returned: all with Temporal's own client.

python start_run.py ADDRESS NAMESPACE DAG RUN_ID PARAMS
"""

import asyncio
import json
import sys

from temporalio.client import Client


async def main() -> None:
    address, namespace, dag, run_id, params = sys.argv[1:6]
    client = await Client.connect(address, namespace=namespace)
    run = await client.start_workflow(dag, json.loads(params), id=run_id, task_queue="orchestration")
    while True:
        tasks = (await run.query("state"))["tasks"]
        if any(task["state"] == "deferred" and task.get("kind") == "approval" for task in tasks.values()):
            break
        await asyncio.sleep(0.05)
    await run.execute_update("approve", {"decision": "approved", "approver": "guido"})
    print(json.dumps(await run.result()))


if __name__ == "__main__":
    asyncio.run(main())
