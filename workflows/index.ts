/** The bundle: named exports are workflow types of their own, every other type is a DAG. */
export { default } from './dag-run.js';
export { model } from './model.js';
