/** The project of docs/testing.md, with its own tests run by mocha as a user runs them. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import ts from 'typescript';
import { findTestServer } from '../../../scripts/setup/tools.mjs';
import { ownExports } from '../../../platform/package.js';
import { filesOf } from '../../support/docs.js';
import { skip } from '../../support/fixtures.js';
import { projectWith } from '../../support/project.js';

const run = promisify(execFile);
/** a project has TypeScript run somehow; here by what runs ours */
const TSX = ['--import', pathToFileURL(resolve('node_modules/tsx/dist/esm/index.mjs')).href];

/** `rekindle` of a project: this very repository, from its sources. */
const installRekindle = (root: string): void => {
  const folder = join(root, 'node_modules/rekindle');
  mkdirSync(folder, { recursive: true });
  const entries = Object.entries(ownExports());
  const exports = entries.map(([name], i) => [name.replace(/^rekindle/, '.'), `./${i}.mjs`]);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'rekindle', exports: Object.fromEntries(exports) as object }));
  entries.forEach(([, file], i) => writeFileSync(join(folder, `${i}.mjs`), `export * from ${JSON.stringify(pathToFileURL(file).href)};\n`));
  symlinkSync(resolve('node_modules/zod'), join(root, 'node_modules/zod'));
};

describe('docs/testing.md', function () {
  this.timeout(240_000);
  let root: string;
  let pages: Readonly<Record<string, string>>;

  const mocha = async (file: string): Promise<{ passes: string[]; failures: string[] }> => {
    const args = [
      '--import',
      pathToFileURL(resolve('node_modules/tsx/dist/esm/index.mjs')).href,
      resolve('node_modules/mocha/bin/mocha.js'),
    ];
    const server = findTestServer();
    const env = { ...process.env, ...(server ? { TEMPORAL_TEST_SERVER: server } : {}) };
    // no options of ours, not even those that another mocha left in the environment
    const { stdout } = await run(process.execPath, [...args, '--no-config', '--timeout', '120000', '--reporter', 'json', file], {
      cwd: root,
      env,
    }).catch((error: { stdout?: string; stderr?: string }) => ({
      stdout: error.stdout?.trim()
        ? error.stdout
        : `{"stats":{},"passes":[],"failures":[{"title":${JSON.stringify(error.stderr ?? 'mocha did not run')},"err":{}}]}`,
    }));
    const report = JSON.parse(stdout.slice(stdout.indexOf('{\n'))) as {
      passes: { title: string }[];
      failures: { title: string; err: { message?: string } }[];
    };
    return {
      passes: report.passes.map(({ title }) => title),
      failures: report.failures.map(({ title, err }) => `${title}: ${err.message}`),
    };
  };

  before(async () => {
    pages = await filesOf('testing.md');
    root = projectWith({ ...pages, 'package.json': '{ "type": "module" }' });
    installRekindle(root);
  });

  it('shows code that compiles', () => {
    const files = Object.keys(pages).map((path) => join(root, path));
    const { config } = ts.readConfigFile('tsconfig.base.json', (path) => ts.sys.readFile(path)) as { config: unknown };
    const { options } = ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, '.');
    const paths = Object.fromEntries(
      Object.entries({ ...ownExports(), zod: resolve('node_modules/zod/index.d.ts') }).map(([name, path]) => [name, [path]]),
    );
    const program = ts.createProgram(files, {
      ...options,
      paths,
      noEmit: true,
      typeRoots: [resolve('node_modules/@types')],
      types: ['node', 'mocha'],
    });
    const problems = files
      .flatMap((path) => program.getSemanticDiagnostics(program.getSourceFile(path)))
      .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`);
    expect(problems.join('\n')).to.equal('');
  });

  it('shows a run as it is shown', async () => {
    const page = await readFile('docs/testing.md', 'utf8');
    const script = `
      import { assertStates, testDag } from 'rekindle/testing';
      import nightly from './dags/nightly.js';
      const outcomes = { 'each[1].load': { throws: new RangeError('no header') } };
      const run = { logicalDate: '2026-03-02T02:00:00.000Z' };
      const result = await testDag(nightly, {}, { run, outcomes, stubs: { sales: { parts: ['a', 'bb', 'ccc'] } }, approvals: { release: 'approved' } });
      try { assertStates(result, { 'each[1].load': 'success' }); } catch (error) { process.stdout.write(error.message); }`;
    writeFileSync(join(root, 'show.ts'), script);
    const { stdout } = await run(process.execPath, [...TSX, 'show.ts'], { cwd: root });
    expect(page).to.contain(`\`\`\`\n${stdout}\`\`\``);
  });

  for (const [file, tests] of [
    ['test/nightly.test.ts', 5],
    ['test/month.test.ts', 1],
  ] as const)
    it(`runs ${file}`, async () => {
      const { passes, failures } = await mocha(file);
      expect(failures).to.deep.equal([]);
      expect(passes).to.have.length(tests);
    });

  it('runs the tests with a server, and replays the history that they record', async function () {
    if (!findTestServer()) skip(this, 'no time-skipping test server (it needs Java and Maven): run `node scripts/setup.mjs --for test`');
    for (const file of ['test/server.test.ts', 'test/replay.test.ts']) {
      const { passes, failures } = await mocha(file);
      expect(failures).to.deep.equal([]);
      expect(passes).to.have.length(1);
    }
    expect(existsSync(join(root, 'test/histories/nightly-approved.json'))).to.equal(true);
  });
});
