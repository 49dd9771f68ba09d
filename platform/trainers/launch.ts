/** Starts a trainer so that it outlives the worker, at most once per folder, and so that its end is written down. */
import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import type { TryFolder } from './job-folder.js';

/**
 * Arguments: folder of the try, memory limit in KiB or empty, seconds after which the job is killed if nobody is left to
 * stop it, then the command.
 *
 * `ln` is the one atomic step: of all wrappers started for a folder one goes on, with its pid already on record, the others end.
 */
const WRAPPER = `
cd "$1" || exit 1
memory=$2 limit=$3
shift 3
{ echo $$; cat /proc/$$/stat 2>/dev/null || ps -o lstart= -p $$; } > "start.$$"
ln "start.$$" start 2>/dev/null
won=$?
rm -f "start.$$"
[ $won -eq 0 ] || exit 0
trap : TERM # the trainer is to end, and its exit code to be written
( sleep "$limit" & nap=$!
  trap 'kill $nap 2>/dev/null; exit' TERM
  wait $nap
  echo time > stopped
  kill -s KILL -- -$$ ) &
watchdog=$!
[ -z "$memory" ] || ulimit -d "$memory"
code=0
"$@" < /dev/null >> log 2>&1 || code=$?
kill $watchdog 2>/dev/null
echo $code > exit.partial && mv exit.partial exit
`;

export interface Launch {
  readonly folder: TryFolder;
  readonly command: readonly string[];
  readonly memoryMb: number | undefined;
  readonly limitSeconds: number;
}

/**
 * What the worker knows of addresses and secrets is none of the trainer's business. Python may keep what it compiles: each
 * training would spend seconds on compiling its libraries anew.
 */
const WITHHELD = /^(REKINDLE|TEMPORAL|AWS)_|^(NODE_OPTIONS|PYTHONDONTWRITEBYTECODE)$/;

const trainerEnvironment = (ml: string): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !WITHHELD.test(name))),
  REKINDLE_ML_ROOT: ml,
  PYTHONUNBUFFERED: '1',
});

/** @returns the wrapper's pid, undefined if the shell could not be run */
export const launch = ({ folder, command, memoryMb, limitSeconds }: Launch): Promise<number | undefined> => {
  const memory = memoryMb === undefined ? '' : String(memoryMb * 1024);
  const name = `rekindle-job-${basename(folder.path)}`;
  const child = spawn('sh', ['-c', WRAPPER, name, folder.path, memory, String(limitSeconds), ...command], {
    detached: true,
    stdio: 'ignore',
    env: trainerEnvironment(folder.ml),
  });
  child.unref();
  return new Promise((done) => child.once('spawn', () => done(child.pid)).once('error', () => done(undefined)));
};
