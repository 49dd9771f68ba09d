/**
 * What a Temporal server needs to be quick with chains of tasks, and fair: by default its queue processors poll so seldom that a hop
 * costs 100 ms; with these it costs about 10 (in memory) or 20 (SQLite file). `rekindle dev` and docker-compose.yml set them.
 */
export const DYNAMIC_CONFIG: Readonly<Record<string, number | boolean>> = {
  'history.transferProcessorMaxPollRPS': 2000,
  'history.timerProcessorMaxPollRPS': 2000,
  'history.visibilityProcessorMaxPollRPS': 2000,
  // priorities, and DAGs that share a task queue in turn; off by default in server 1.29
  'matching.enableFairness': true,
};

export const DEFAULT_NAMESPACE = 'default';
