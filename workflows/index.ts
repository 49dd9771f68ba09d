/** The bundle: named exports are workflow types of their own, every other type is a DAG. */
export { default } from './dag-run.js';
export { assets } from './assets.js';
export { backfill } from './backfill.js';
export { model } from './model.js';
export { pool } from './pool.js';
export { shard } from './shard.js';
