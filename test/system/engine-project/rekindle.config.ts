import { defineConfig } from 'rekindle';

export default defineConfig({ pools: { narrow: { slots: 2, doc: 'two at a time' } }, queues: { data: { concurrency: 20 } } });
