/** A trainer of a few lines that does what its hyperparameters say, and what tests of the process runner need around it. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processTrainer, type ProcessTrainerOptions as Limits } from '../../core/lifecycle/model-spec.js';
import type { Json } from '../../core/json.js';
import { openObjectStore } from '../../platform/object-store/index.js';
import { createProcessTrainer, type ProcessTrainerOptions } from '../../platform/trainers/process.js';
import type { Trainer, TrainerHooks, TrainingJob } from '../../platform/trainers/trainer.js';
import { onPath } from '../../scripts/setup/tools.mjs';
import { tempFolder, trainerPython } from '../support/fixtures.js';

/** Counts its starts in a file, so that a second start of one job cannot hide. */
const SCRIPTED_TRAINER = `
import json, os, signal, sys, time
root = os.environ["REKINDLE_ML_ROOT"]
given = json.load(open(f"{root}/input/config/hyperparameters.json"))
with open(given["starts"], "a") as starts:
    starts.write(f"{os.getpid()}\\n")
print("started with", *sys.argv[1:])

def model():
    for name in ("model.onnx", "signature.json", "golden.json"):
        if name != given.get("without"):
            open(f"{root}/model/{name}", "w").write("of job " + given["job"])

def succeed():
    time.sleep(float(given.get("seconds", "0")))
    model()

def checkpoint():
    path = f"{root}/checkpoints/epoch"
    if os.path.exists(path):
        print("resumed at", open(path).read())
        return model()
    open(path, "w").write("7")
    time.sleep(60)

def fail():
    print("about to fail", file=sys.stderr)
    if "failure" in given:
        open(f"{root}/output/failure", "w").write(given["failure"])
    sys.exit(3)

def hang():
    time.sleep(60)

def ignore_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)

def be_killed():
    os.kill(os.getpid(), signal.SIGKILL)

def chatter():
    for line in range(66_000):
        print(f"line {line}: Field onnx.AttributeProto.ints: Expected an int, got a boolean")
    model()

def eat():
    bytearray(900 * 1024 * 1024)
    model()

def look_around():
    json.dump({"environment": dict(os.environ), "given": given, "arguments": sys.argv[1:],
               "channels": json.load(open(f"{root}/input/config/inputdataconfig.json")),
               "data": open(f"{root}/input/data/training/data.parquet").read()}, open(f"{root}/model/seen.json", "w"))
    model()

globals()[given.get("does", "succeed")]()
`;

/** A Python of any kind: the scripted trainer needs no library. */
export const anyPython = (context: Mocha.Context): string => onPath('python3')[0] ?? trainerPython(context);

export interface World {
  readonly project: string;
  readonly stateDir: string;
  readonly store: string;
  /** file with a line for each start of a trainer */
  readonly starts: string;
}

export const createWorld = (): World => {
  const project = tempFolder();
  const folder = join(project, 'trainers/scripted');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'train.py'), SCRIPTED_TRAINER);
  const starts = join(project, 'starts');
  appendFileSync(starts, '');
  writeFileSync(join(project, 'rows.parquet'), 'rows');
  return { project, stateDir: join(project, '.rekindle'), store: join(project, 'objects'), starts };
};

export const startsOf = ({ starts }: World): number[] => readFileSync(starts, 'utf8').split('\n').filter(Boolean).map(Number);

export const objectsOf = ({ store }: World) => openObjectStore({ kind: 'folder', path: store });

export const trainerOf = (world: World, python: string, options: Partial<ProcessTrainerOptions> = {}): Trainer =>
  createProcessTrainer({ ...world, objects: objectsOf(world), python, pollMs: 20, graceMs: 400, ...options });

export const jobOf = (
  world: World,
  id: string,
  hyperparameters: Record<string, string | number> = {},
  limits: Limits = {},
): TrainingJob => ({
  id,
  spec: processTrainer('scripted', hyperparameters, limits),
  parameters: { starts: world.starts, job: id },
  channels: { training: join(world.project, 'rows.parquet') },
});

export interface Listener extends TrainerHooks {
  readonly lines: string[];
  readonly heartbeats: Json[];
}

export const listen = (signal: AbortSignal = new AbortController().signal): Listener => {
  const lines: string[] = [];
  const heartbeats: Json[] = [];
  const say = (line: string): void => void lines.push(line);
  return { lines, heartbeats, signal, log: { info: say, warn: say, error: say }, heartbeat: (detail) => void heartbeats.push(detail) };
};
