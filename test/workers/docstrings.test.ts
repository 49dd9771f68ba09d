import { expect } from 'chai';
import type { loadProject as loadProjectType } from '../../workers/project.js';
import { docstringsIn } from '../../workers/docstrings.js';
import { importOwn, projectWith } from '../support/project.js';

const SHARED = `/** Reads rows. */
export const shared = task({ id: 'shared', run: () => 1 });
import { task } from 'rekindle';
`;
const FILE = `import { dag, task } from 'rekindle';
import { shared } from '../lib/shared.js';

/**
 * Takes what came in
 * during the night.
 *
 * More about it, which a summary has no room for.
 *
 * @returns rows
 */
const extract = task({ id: 'extract', retries: 2, run: () => ({ ok: true }) });
/** Says so itself. */
const loud = task({ id: 'loud', doc: 'its own words', run: () => 1 });

/**
 * Every night.
 *
 * Ask the data team.
 */
export default dag({ id: 'nightly' }, (d) => {
  const made = d.run(extract, {}, { compensate: shared });
  d.when(made.ok, () => { d.run(shared, {}, { id: 'inside' }); });
  d.run(loud);
});
`;

describe('Docstrings', () => {
  it('are the comments right above tasks and DAGs, without their tags', () => {
    const { dags, tasks, file } = docstringsIn(FILE);
    expect([...tasks]).to.deep.equal([
      ['extract', 'Takes what came in\nduring the night.\n\nMore about it, which a summary has no room for.'],
      ['loud', 'Says so itself.'],
    ]);
    expect([...dags]).to.deep.equal([['nightly', 'Every night.\n\nAsk the data team.']]);
    expect(file).to.equal(undefined);
  });

  it('may be the comment that the file begins with', () => {
    expect(
      docstringsIn(`#!/usr/bin/env node\n/** All of it. */\nimport { dag } from 'rekindle';\nexport default dag({ id: 'a' }, () => 1);`)
        .file,
    ).to.equal('All of it.');
  });

  it('are not what only looks like a comment', () => {
    const source = [
      `const glob = 'src/**/*.ts'; const b = "/** no */"; const c = \`/** no \${'/** no */'} */\`;`,
      `const pattern = /[/*]\\/**/; const half = 4 / 2; // /** no */`,
      `/* plain */ const plain = task({ id: 'plain' });`,
      `/** far away */ const other = 1;`,
      `const far = task({ id: 'far' });`,
      `/** yes */ export const typed: Task<'typed'> = task<'typed'>({ input: z.object({ id: z.string() }), id: "typed" });`,
    ].join('\n');
    expect([...docstringsIn(source).tasks]).to.deep.equal([['typed', 'yes']]);
  });

  it('describe the DAGs of a project, and change no version', async () => {
    const { loadProject } = await importOwn<{ loadProject: typeof loadProjectType }>('workers/project');
    const bare = FILE.replace(/\/\*\*[^]*?\*\//g, '');
    const [spoken, plain] = await Promise.all(
      [FILE, bare].map((source) =>
        loadProject(projectWith({ 'dags/nightly.ts': source, 'lib/shared.ts': source === bare ? SHARED.replace(/^.*\n/, '') : SHARED })),
      ),
    );
    expect(spoken!.problems).to.deep.equal([]);
    const { dag } = spoken!.dags.get('nightly')!;
    expect(dag.spec.doc).to.equal('Every night.\n\nAsk the data team.');
    const { extract, when, loud } = dag.spec.nodes as any;
    expect(extract.doc).to.equal('Takes what came in during the night.');
    expect(extract.undo.doc).to.equal('Reads rows.');
    expect(when.arms.true.nodes['when.true.inside'].doc).to.equal('Reads rows.');
    expect(loud.doc).to.equal('its own words');
    const before = plain!.dags.get('nightly')!.dag;
    expect(before.spec.doc).to.equal(undefined);
    expect(dag.hash).to.equal(before.hash);
  });
});
