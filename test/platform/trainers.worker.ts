/** A worker that runs one training job, to be killed by the test. */
import { jobOf, listen, trainerOf, type World } from './training-job.js';

const { world, python, id, hyperparameters } = JSON.parse(process.argv[2]!) as {
  world: World;
  python: string;
  id: string;
  hyperparameters: Record<string, string>;
};
await trainerOf(world, python).run(jobOf(world, id, hyperparameters), listen());
process.exit(0);
