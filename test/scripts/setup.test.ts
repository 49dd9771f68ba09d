import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from '../../scripts/setup/npm.mjs';
import { cachedPaths, findTemporal, isAtLeast, isSuitableMinio, isSuitableTemporal } from '../../scripts/setup/tools.mjs';
import { skip, tempFolder } from '../support/fixtures.js';

const PACKAGE = new URL('../../', import.meta.url).pathname;

/** Where `name` is on this machine's PATH. */
const whereIs = (name: string): string => {
  const found = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, name));
  return found.find((path) => existsSync(path)) ?? name;
};

const script = (folder: string, name: string, body: string): void => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(folder, name), 0o755);
};

/** A folder to be the whole PATH: node, what shell scripts call, and the given fakes. */
const pathWith = (fakes: Record<string, string>): string => {
  const folder = tempFolder();
  for (const name of ['sh', 'cat', 'cp', 'chmod', 'tar', 'dirname']) symlinkSync(whereIs(name), join(folder, name));
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const [name, body] of Object.entries(fakes)) script(folder, name, body);
  return folder;
};

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The published package is set up without npm and a build; its copy here is the folder that npm would unpack. */
const publishedPackage = (): string => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'scripts'));
  symlinkSync(join(PACKAGE, 'trainers'), join(folder, 'trainers'));
  mkdirSync(join(folder, 'scripts/setup'));
  for (const file of [
    'setup.mjs',
    ...['binaries', 'browser', 'download', 'lock', 'npm', 'progress', 'python', 'run', 'test-server', 'tools'].map(
      (name) => `setup/${name}.mjs`,
    ),
  ])
    writeFileSync(join(folder, 'scripts', file), readFileSync(join(PACKAGE, 'scripts', file)));
  return folder;
};

const setUp = (args: string[], path: string, cache: string): Promise<Run> =>
  new Promise((done) => {
    const env = { PATH: path, REKINDLE_CACHE: cache, REKINDLE_DOWNLOADS: 'off', HOME: cache };
    execFile(process.execPath, [join(publishedPackage(), 'scripts/setup.mjs'), ...args], { env }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });

const TEMPORAL = 'echo "temporal version 1.6.0 (Server 1.30.2, UI 2.45.0)"';
/** Installs a program that works, where GOBIN says, as `go install` would. */
const goFor = (name: string, program: string): string =>
  `cat > "$GOBIN/${name}" <<'END'\n#!/bin/sh\n${program}\nEND\nchmod +x "$GOBIN/${name}"`;

describe('Set-up', () => {
  it('takes the Temporal CLI on the PATH when its server is recent enough', async () => {
    const path = pathWith({ temporal: TEMPORAL });
    const run = await setUp(['--for', 'dev', '--json', '--project', tempFolder()], path, tempFolder());
    expect(JSON.parse(run.stdout)).to.deep.equal({ temporal: join(path, 'temporal'), minio: null, testServer: null, trainerPython: null });
    expect(run.code).to.equal(0);
  });

  it('builds with Go what it can neither find nor download, once', async () => {
    const cache = tempFolder();
    const first = await setUp(['--for', 'dev', '--json', '--project', tempFolder()], pathWith({ go: goFor('temporal', TEMPORAL) }), cache);
    const { temporal } = cachedPaths({ REKINDLE_CACHE: cache });
    expect(JSON.parse(first.stdout)).to.have.property('temporal', temporal);
    expect(first.stderr).to.match(/Temporal server: building with Go/);
    const second = await setUp(['--for', 'dev', '--json', '--project', tempFolder()], pathWith({ go: 'exit 1' }), cache);
    expect(JSON.parse(second.stdout)).to.have.property('temporal', temporal);
    expect(second.stderr).to.not.match(/Go/);
  });

  it('does not take an older Temporal CLI on the PATH', async () => {
    const path = pathWith({ temporal: 'echo "temporal version 1.1.0 (Server 1.25.1, UI 2.30.0)"' });
    expect(await findTemporal({ PATH: path, REKINDLE_CACHE: tempFolder() })).to.equal(undefined);
  });

  it('fails naming what was tried and the remedy when dev has no Temporal server', async () => {
    const run = await setUp(['--for', 'dev', '--json', '--project', tempFolder()], pathWith({}), tempFolder());
    expect(run.code).to.equal(1);
    expect(run.stdout).to.equal('');
    expect(run.stderr).to.match(/Temporal server: failed: download: .*; build: there is no Go on the PATH/);
    expect(run.stderr).to.match(/remedy: put the Temporal CLI/);
  });

  it('carries the end of a failed build in its message', async () => {
    const run = await setUp(['--for', 'dev'], pathWith({ go: 'echo "go: module lookup disabled" >&2; exit 1' }), tempFolder());
    expect(run.stderr).to.match(/go: module lookup disabled/);
  });

  it('asks for a trainer only where the project has models, and goes on without one', async () => {
    const project = tempFolder();
    mkdirSync(join(project, 'models'));
    const run = await setUp(['--for', 'dev', '--project', project], pathWith({ temporal: TEMPORAL }), tempFolder());
    expect(run.code).to.equal(0);
    expect(run.stderr).to.match(/Python of the trainer: not to be had.*neither Python 3\.11 or later nor uv/);
  });

  it('lets tests run with nothing at all, naming each tool that is missing', async () => {
    const run = await setUp(['--for', 'test', '--json'], pathWith({}), tempFolder());
    expect(run.code).to.equal(0);
    expect(JSON.parse(run.stdout)).to.deep.equal({ temporal: null, minio: null, testServer: null, trainerPython: null });
    for (const tool of [
      'Temporal server',
      'MinIO',
      'time-skipping test server',
      'Python of the trainer',
      "Python with Temporal's SDK",
      'Browser',
    ])
      expect(run.stderr).to.include(`${tool}: not to be had`);
  });

  it('installs the package of a browser as root, once, after a look at what packages there are', async function () {
    if (process.platform !== 'linux' || process.getuid?.() !== 0) skip(this, 'only root on Linux installs packages');
    const path = pathWith({});
    const asked = join(path, 'asked');
    script(
      path,
      'apt-get',
      `echo "$*" >> ${asked}\ncase "$1" in install) test -e ${path}/listed || exit 100; printf '#!/bin/sh\\n' > ${path}/chromium; chmod +x ${path}/chromium;; update) echo > ${path}/listed;; esac`,
    );
    const first = await setUp(['--for', 'test'], path, tempFolder());
    expect(first.stderr).to.match(/Browser: ready/);
    const install = 'install --yes --no-install-recommends chromium';
    expect(readFileSync(asked, 'utf8').trim().split('\n')).to.deep.equal([install, 'update', install]);
    const second = await setUp(['--for', 'test'], path, tempFolder());
    expect(second.stderr).to.not.match(/Browser/);
  });

  it('says what to install where it cannot get a browser', async () => {
    const { stderr } = await setUp(['--for', 'test'], pathWith({}), tempFolder());
    expect(stderr)
      .to.match(/Browser: not to be had.*apt-get/)
      .and.to.match(/remedy: install .*CHROME_PATH/);
  });

  it('needs MinIO for the demo only when the demo stores there', async () => {
    const path = pathWith({ temporal: TEMPORAL });
    expect((await setUp(['--for', 'demo'], path, tempFolder())).stderr).to.not.match(/MinIO/);
    expect((await setUp(['--for', 'demo', '--store', 'minio'], path, tempFolder())).stderr).to.match(/MinIO: failed/);
  });

  it('says how it is used when the purpose is unknown', async () => {
    const run = await setUp(['--for', 'fun'], pathWith({}), tempFolder());
    expect(run.code).to.equal(1);
    expect(run.stderr).to.match(/^usage: node scripts\/setup\.mjs --for demo\|test\|dev/);
  });
});

describe('What set-up takes for a suitable version', () => {
  it('reads the server’s version, whatever the CLI calls itself', () => {
    expect(isSuitableTemporal('temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)')).to.equal(true);
    expect(isSuitableTemporal('temporal version 1.1.0 (Server 1.25.1, UI 2.30.0)')).to.equal(false);
    expect(isSuitableTemporal('some other program')).to.equal(false);
  });

  it('wants a MinIO of 2025 or later', () => {
    expect(isSuitableMinio('minio version RELEASE.2025-09-07T16-13-09Z (commit-id=07c3a429)')).to.equal(true);
    expect(isSuitableMinio('minio version RELEASE.2023-11-01T18-37-25Z (commit-id=bcdb9a2)')).to.equal(false);
    expect(isSuitableMinio('minio version DEVELOPMENT.GOGET')).to.equal(false);
  });

  it('compares versions number by number', () => {
    expect(isAtLeast('3.11', '3.9')).to.equal(true);
    expect(isAtLeast('1.29', '1.29.0')).to.equal(true);
    expect(isAtLeast('1.28.9', '1.29.0')).to.equal(false);
  });
});

describe('npm packages', () => {
  const repository = (lock: object, installed?: object): string => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: lock }));
    mkdirSync(join(folder, 'node_modules'));
    if (installed !== undefined) writeFileSync(join(folder, 'node_modules/.package-lock.json'), JSON.stringify({ packages: installed }));
    return folder;
  };
  const lock = { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/a-darwin': { version: '1.0.0', optional: true } };

  it('are installed when npm’s own list has every one, those for other platforms aside', () => {
    expect(isInstalled(repository(lock, { 'node_modules/a': { version: '1.0.0' } }))).to.equal(true);
  });

  it('are to be installed when there are none, one is missing or one has another version', () => {
    expect(isInstalled(repository(lock))).to.equal(false);
    expect(isInstalled(repository(lock, {}))).to.equal(false);
    expect(isInstalled(repository(lock, { 'node_modules/a': { version: '0.9.0' } }))).to.equal(false);
  });
});
