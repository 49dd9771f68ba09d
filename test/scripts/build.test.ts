import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from '../support/fixtures.js';

const REPOSITORY = new URL('../../', import.meta.url).pathname;

/** A repository with one source, one asset and the real build script. */
const smallRepository = (): string => {
  const root = tempFolder();
  for (const folder of ['scripts/setup', 'core', 'workflows']) mkdirSync(join(root, folder), { recursive: true });
  for (const file of ['scripts/build.mjs', 'scripts/setup/lock.mjs', 'scripts/setup/run.mjs', 'tsconfig.base.json', 'tsconfig.build.json'])
    copyFileSync(join(REPOSITORY, file), join(root, file));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'package-lock.json'), '{}');
  writeFileSync(join(root, 'core/answer.ts'), 'export const answer: number = 42;\n');
  writeFileSync(join(root, 'core/page.html'), '<p>');
  return root;
};

const build = (root: string): Promise<{ code: number; output: string }> =>
  new Promise((done) => {
    execFile(process.execPath, ['scripts/build.mjs'], { cwd: root }, (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    );
  });

describe('The build', function () {
  this.timeout(120_000);

  it('compiles sources, copies what they read, and does nothing when nothing changed', async () => {
    const root = smallRepository();
    expect((await build(root)).output).to.match(/compiled in/);
    expect(readFileSync(join(root, 'dist/core/answer.js'), 'utf8')).to.match(/answer = 42/);
    expect(readFileSync(join(root, 'dist/core/page.html'), 'utf8')).to.equal('<p>');
    expect((await build(root)).output).to.not.match(/compiled/);
  });

  it('rebuilds an edited source and an output that was lost, and removes what has no source any more', async () => {
    const root = smallRepository();
    writeFileSync(join(root, 'core/extra.ts'), 'export const extra = 1;\n');
    await build(root);
    writeFileSync(join(root, 'core/answer.ts'), 'export const answer: number = 43;\n');
    rmSync(join(root, 'core/extra.ts'));
    await build(root);
    expect(readFileSync(join(root, 'dist/core/answer.js'), 'utf8')).to.match(/answer = 43/);
    expect(existsSync(join(root, 'dist/core/extra.js'))).to.equal(false);
    rmSync(join(root, 'dist/core/answer.js'));
    await build(root);
    expect(existsSync(join(root, 'dist/core/answer.js'))).to.equal(true);
  });

  it('fails with the compiler’s words, and builds again after the mistake is gone', async () => {
    const root = smallRepository();
    writeFileSync(join(root, 'core/answer.ts'), 'export const answer: number = "42";\n');
    const failed = await build(root);
    expect(failed.code).to.equal(1);
    expect(failed.output).to.match(/core\/answer\.ts\(1,14\): error TS2322/);
    writeFileSync(join(root, 'core/answer.ts'), 'export const answer: number = 42;\n');
    expect((await build(root)).code).to.equal(0);
  });

  it('bundles the workflows for the sandbox', async () => {
    const root = smallRepository();
    writeFileSync(
      join(root, 'workflows/index.ts'),
      "import { answer } from '../core/answer.js';\nexport const ask = async () => answer;\n",
    );
    expect((await build(root)).output).to.match(/workflows bundled/);
    expect(readFileSync(join(root, 'dist/workflow-bundle.js'), 'utf8')).to.match(/answer = 42/);
  });

  it('can be run twice at once', async () => {
    const root = smallRepository();
    const both = await Promise.all([build(root), build(root)]);
    expect(both.map(({ code }) => code)).to.deep.equal([0, 0]);
    expect(both.filter(({ output }) => output.includes('compiled'))).to.have.length(1);
  });
});
