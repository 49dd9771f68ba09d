/** Servers that are one executable: an official download where it can be reached, else a build from source through the Go module proxy. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { download } from './download.mjs';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';
import { MINIO_RELEASE, MINIO_VERSION, TEMPORAL_VERSION, TEST_SERVER_VERSION, cacheFolder, cachedPaths, onPath } from './tools.mjs';

/** @typedef {import('./progress.mjs').Report} Report */
/** @typedef {{ url: string, checksums?: string, archive: boolean, target: string }} Release */

const goArch = arch() === 'x64' ? 'amd64' : arch();
const macOs = platform() === 'darwin';

/** @returns {Record<'temporal' | 'minio' | 'testServer', Release>} */
export const releases = () => {
  const temporal = `https://github.com/temporalio/cli/releases/download/v${TEMPORAL_VERSION}`;
  const minio = `https://dl.min.io/server/minio/release/${platform()}-${goArch}/archive/minio.${MINIO_RELEASE}`;
  const testServer = `temporal-test-server_${TEST_SERVER_VERSION}_${macOs ? 'macOS' : platform()}_${goArch}.tar.gz`;
  const paths = cachedPaths();
  return {
    temporal: {
      url: `${temporal}/temporal_cli_${TEMPORAL_VERSION}_${platform()}_${goArch}.tar.gz`,
      checksums: `${temporal}/checksums.txt`,
      archive: true,
      target: paths.temporal,
    },
    minio: { url: minio, checksums: `${minio}.sha256sum`, archive: false, target: paths.minioRelease },
    testServer: {
      url: `https://github.com/temporalio/sdk-java/releases/download/v${TEST_SERVER_VERSION}/${testServer}`,
      archive: true,
      target: paths.testServer,
    },
  };
};

const GO_PACKAGES = {
  temporal: { module: `github.com/temporalio/cli/cmd/temporal@v${TEMPORAL_VERSION}`, minutes: 4 },
  minio: { module: `github.com/minio/minio@v0.0.0-${MINIO_VERSION}-7aac2a2c5b7c`, minutes: 3 },
};

/** A folder on the same disk as the cache, so that what is made in it can be moved in one step. */
export const workFolder = () => {
  const parent = join(cacheFolder(), 'tmp');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, 'work-'));
};

/** @param {string} file @param {string} target */
const moveInPlace = (file, target) => {
  chmodSync(file, 0o755);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(file, target);
};

/** @param {string} folder @param {string} name */
const fileNamed = (folder, name) => {
  const entry = readdirSync(folder, { recursive: true, withFileTypes: true }).find((found) => found.isFile() && found.name === name);
  if (entry === undefined) throw new Error(`the archive holds no ${name}`);
  return join(entry.parentPath ?? entry.path, name);
};

/**
 * Puts a released executable in the cache.
 * @param {Release} release
 * @param {Report} report
 */
export const fetchRelease = async ({ url, checksums, archive, target }, report) => {
  if (process.env['REKINDLE_DOWNLOADS'] === 'off') throw new Error('switched off by REKINDLE_DOWNLOADS');
  report.step(`downloading ${basename(url)}`);
  const fetched = join(cacheFolder(), 'tmp', basename(url));
  await download(url, fetched, { ...(checksums && { checksums }), onProgress: report.detail });
  if (!archive) return moveInPlace(fetched, target);
  const folder = workFolder();
  try {
    await run('tar', ['-xzf', fetched, '-C', folder]);
    moveInPlace(fileNamed(folder, basename(target)), target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(fetched, { force: true });
  }
};

/**
 * Builds a Go program and puts it in the cache. One build at a time: two at once take as long and twice the memory.
 * @param {keyof typeof GO_PACKAGES} name
 * @param {Report} report
 */
const buildWithGo = async (name, report) => {
  const [go] = onPath('go');
  if (go === undefined) throw new Error('there is no Go on the PATH to build it with');
  const { module, minutes } = GO_PACKAGES[name];
  const work = async () => {
    report.step(`building with Go (about ${minutes} minutes, once)`);
    const folder = workFolder();
    let packages = 0;
    try {
      await run(go, ['install', '-v', '-trimpath', '-ldflags=-s -w', module], {
        env: { GOBIN: folder, CGO_ENABLED: '0', GOFLAGS: '-modcacherw' },
        onLine: (line) => report.detail(line.startsWith('go: ') ? line.slice(4) : `${(packages += 1)} packages compiled`),
      });
      moveInPlace(fileNamed(folder, name), cachedPaths()[name]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  await withLock(join(cacheFolder(), 'locks', 'go'), work, () => report.step('waiting for another Go build'));
};

/**
 * Gets a server that is nowhere on this machine: released, else built.
 * @param {keyof typeof GO_PACKAGES} name
 * @param {Report} report
 * @throws {Error} saying what was tried and what failed
 */
export const getServer = async (name, report) => {
  try {
    await fetchRelease(releases()[name], report);
  } catch (downloadError) {
    try {
      await buildWithGo(name, report);
    } catch (goError) {
      throw new Error(`download: ${messageOf(downloadError)}; build: ${messageOf(goError)}`);
    }
  }
};

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));
