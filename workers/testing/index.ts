/** `rekindle/testing`: what a project's tests of its DAGs are written with. Nothing of Temporal is loaded before it is asked for. */
export * from '../../core/dag/testing.js';
export { openTestEngine, type EngineOptions, type TestEngine } from './engine.js';
export { recordHistory, replayHistories, type ReplayOptions } from './histories.js';
