import { expect } from 'chai';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RekindleError } from '../../core/errors.js';
import { connectionSecret, credentialsPath, devFilePath, isProcessAlive, loadConfig, type DevFile } from '../../platform/config.js';
import { tempFolder } from '../support/fixtures.js';

const thrown = (work: () => unknown): RekindleError => {
  try {
    work();
  } catch (error) {
    return error as RekindleError;
  }
  throw new Error('nothing was thrown');
};

/** A process that existed and is gone. */
const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

const projectWithDev = (dev: Partial<DevFile>): string => {
  const project = tempFolder();
  mkdirSync(join(project, '.rekindle'));
  const file: DevFile = {
    pid: process.pid,
    startedAt: '2026-01-01T00:00:00.000Z',
    temporal: { address: '127.0.0.1:4711', namespace: 'default', ui: 'http://127.0.0.1:4712', cli: '/bin/temporal' },
    gateway: { url: 'http://127.0.0.1:4713' },
    store: 'folder:.rekindle/objects',
    path: '',
    processes: [],
    ...dev,
  };
  writeFileSync(devFilePath(project), JSON.stringify(file));
  return project;
};

describe('The configuration', () => {
  it('has defaults for one machine', () => {
    const project = tempFolder();
    const config = loadConfig(project, {});
    expect(config).to.deep.include({
      project,
      stateDir: join(project, '.rekindle'),
      environment: 'production',
      store: { kind: 'folder', path: join(project, '.rekindle/objects') },
    });
    expect(config.temporal).to.deep.include({ address: '127.0.0.1:7233', namespace: 'default', source: 'default' });
  });

  it('names every bad variable at once, and no value', () => {
    const error = thrown(() =>
      loadConfig(tempFolder(), { REKINDLE_STORE: 'ftp://hunter2', REKINDLE_GATEWAY_PORT: '99999', REKINDLE_LOG_LEVEL: 'loud' }),
    );
    expect(error.code).to.equal('CONFIG_INVALID');
    expect(error.details['variables']).to.have.members(['REKINDLE_STORE', 'REKINDLE_GATEWAY_PORT', 'REKINDLE_LOG_LEVEL']);
    expect(error.message).not.to.match(/hunter2|99999/);
    const keys = thrown(() => loadConfig(tempFolder(), { REKINDLE_STORE: 's3://bucket', REKINDLE_S3_ACCESS_KEY: 'me' }));
    expect(keys.details['variables']).to.deep.equal(['REKINDLE_S3_ENDPOINT', 'REKINDLE_S3_SECRET_KEY']);
  });

  it('finds what a running `rekindle dev` of the project started', () => {
    const { temporal, gateway } = loadConfig(projectWithDev({}), {});
    expect(temporal).to.deep.include({ address: '127.0.0.1:4711', ui: 'http://127.0.0.1:4712', source: 'dev' });
    expect(gateway.url).to.equal('http://127.0.0.1:4713');
  });

  it('lets the environment win over it', () => {
    const env = { TEMPORAL_ADDRESS: 'temporal.example:7233', REKINDLE_STORE: 'folder:/elsewhere' };
    const { temporal, store } = loadConfig(projectWithDev({}), env);
    expect(temporal).to.deep.include({ address: 'temporal.example:7233', source: 'environment' });
    expect(store).to.deep.equal({ kind: 'folder', path: '/elsewhere' });
  });

  for (const [how, pid] of [
    ['has stopped', 0],
    ['was killed', deadPid()],
  ] as const)
    it(`is not misled by one that ${how}, but reads the store that it left`, () => {
      const project = projectWithDev({ pid, store: 'folder:kept' });
      const { temporal, store } = loadConfig(project, {});
      expect(temporal).to.deep.include({ address: '127.0.0.1:7233', source: 'default', ui: undefined });
      expect(store).to.deep.equal({ kind: 'folder', path: join(project, 'kept') });
    });

  it('takes the keys of its own object store from the file beside, and only for that store', () => {
    const project = projectWithDev({ store: 's3://rekindle' });
    const lines = ['ENDPOINT=http://127.0.0.1:9', 'ACCESS_KEY=me', 'SECRET_KEY=a=b'].map((line) => `REKINDLE_S3_${line}\n`);
    writeFileSync(credentialsPath(project), lines.join(''));
    expect(loadConfig(project, {}).store).to.deep.include({ kind: 's3', bucket: 'rekindle', accessKey: 'me', secretKey: 'a=b' });
    const other = thrown(() => loadConfig(project, { REKINDLE_STORE: 's3://production' }));
    expect(other.details['variables']).to.include('REKINDLE_S3_SECRET_KEY');
  });

  it('reads half a file as no file', () => {
    const project = projectWithDev({});
    writeFileSync(devFilePath(project), '{"pid": 12');
    expect(loadConfig(project, {}).temporal.source).to.equal('default');
  });

  it('resolves connections by name', () => {
    expect(connectionSecret('data-lake', { REKINDLE_CONN_DATA_LAKE: 'secret' })).to.equal('secret');
    expect(thrown(() => connectionSecret('data-lake', {})).message).to.contain('REKINDLE_CONN_DATA_LAKE');
  });

  it('knows whether a process lives', () => {
    expect([process.pid, 1, 0, -1, deadPid()].map(isProcessAlive)).to.deep.equal([true, true, false, false, false]);
  });
});
