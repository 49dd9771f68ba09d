/** Temporal's test server, whose clock jumps over waiting: released for some platforms, else run from its jars. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fetchRelease, messageOf, releases, workFolder } from './binaries.mjs';
import { run } from './run.mjs';
import { TEST_SERVER_VERSION, cachedPaths, onPath } from './tools.mjs';

/** @typedef {import('./progress.mjs').Report} Report */

const dependency = (/** @type {string} */ group, /** @type {string} */ artifact, /** @type {string} */ version) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;

/** slf4j-nop: the server's own logger floods the terminal with DEBUG lines. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>rekindle</groupId><artifactId>test-server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>${dependency('io.temporal', 'temporal-test-server', TEST_SERVER_VERSION)}${dependency('org.slf4j', 'slf4j-nop', '2.0.17')}</dependencies>
</project>
`;

const WRAPPER = `#!/bin/sh
exec java -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"
`;

/** @param {Report} report */
const assembleWithMaven = async (report) => {
  const missing = ['java', 'mvn'].filter((name) => onPath(name).length === 0);
  if (missing.length > 0) throw new Error(`not on the PATH: ${missing.join(', ')}`);
  report.step('fetching its jars with Maven');
  const folder = workFolder();
  try {
    writeFileSync(join(folder, 'pom.xml'), POM);
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=jars'];
    await run('mvn', ['--batch-mode', ...goal], { cwd: folder, onLine: (line) => report.detail(line.replace(/^\[\w+\] /, '')) });
    writeFileSync(join(folder, 'temporal-test-server'), WRAPPER, { mode: 0o755 });
    const target = dirname(cachedPaths().testServer);
    mkdirSync(dirname(target), { recursive: true });
    rmSync(target, { recursive: true, force: true });
    renameSync(folder, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/**
 * @param {Report} report
 * @throws {Error} saying what was tried and what failed
 */
export const getTestServer = async (report) => {
  try {
    await fetchRelease(releases().testServer, report);
  } catch (downloadError) {
    try {
      await assembleWithMaven(report);
    } catch (mavenError) {
      throw new Error(`download: ${messageOf(downloadError)}; Maven: ${messageOf(mavenError)}`);
    }
  }
};
