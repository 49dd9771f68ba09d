import { expect } from 'chai';
import { ESLint } from 'eslint';
import { join, resolve } from 'node:path';
import tseslint from 'typescript-eslint';
import rekindle from '../../eslint/index.js';
import { ownExports } from '../../platform/package.js';
import { projectWith } from '../support/project.js';

/** One function a line: TypeScript narrows what it has seen decided. */
const FILE = (lines: readonly string[]): string => `import { task, type Builder, type Ref } from 'rekindle';
const ask = task({ id: 'ask', run: () => ({ yes: true, word: 'a' as 'a' | 'b', list: [1, 2], any: JSON.parse('1') }) });
type Said = Ref<typeof ask extends { '~types'?: { output: infer O } } ? O : never>;
const bodies: ((d: Builder, said: Said, late: Ref<boolean> | undefined, known: boolean) => void)[] = [];
${lines.map((code) => `bodies.push((d, said, late, known) => { ${code} });`).join('\n')}
`;
const FIRST_LINE = 5;

const WRONG: [code: string, message: RegExp][] = [
  ['if (said.yes) late = said.yes;', /always the same. Decide in the run/],
  ['if (!said.yes) late = said.yes;', /always the same/],
  ['late = said.yes ? said.yes : late;', /always the same/],
  ['while (said) late = said.yes;', /always the same/],
  ['switch (said.word) { default: break; }', /always the same/],
  ['if (known && said.yes) late = said.yes;', /always the same/],
  ['late = said.yes && late;', /always the same/],
  ['void (said.word || "b");', /never missing while.*or\(reference, fallback\)/],
  ['void (said.word ?? "b");', /never missing/],
  ['if (known || (said as Ref<any>).deep.field) late = said.yes;', /always the same/],
  ['if (said.list[0]) late = said.yes;', /always the same/],
  ['if (said.any.thing) late = said.yes;', /always the same/],
  ['if (said.word === ("a" as never)) late = said.yes;', /equals nothing. Compare inside a task/],
  ['if (3 < (said.list.length as Ref<any>)) late = said.yes;', /equals nothing/],
];
const RIGHT = [
  'if (known) late = said.yes;',
  'if (late) void late;',
  'if (late === undefined) late = said.yes;',
  'void (late ?? said.yes);',
  'd.when(said.yes, () => known ? 1 : 2);',
  'd.branch(said.word, { a: () => 1, b: () => 2 });',
  'if (known !== true && known) void said;',
];

describe('the ESLint rule rekindle/no-ref-as-value', function () {
  this.timeout(120_000);
  let messages: Map<number, string[]>;

  before(async () => {
    const paths = Object.fromEntries(Object.entries(ownExports()).map(([name, path]) => [name, [path]]));
    const compilerOptions = {
      strict: true,
      noUncheckedIndexedAccess: true,
      module: 'NodeNext',
      target: 'ES2022',
      skipLibCheck: true,
      paths,
    };
    const root = projectWith({
      'package.json': '{ "type": "module" }',
      'tsconfig.json': JSON.stringify({
        compilerOptions: { ...compilerOptions, typeRoots: [resolve('node_modules/@types')] },
        include: ['dags'],
      }),
      'dags/asks.ts': FILE([...WRONG.map(([code]) => code), ...RIGHT]),
    });
    const parserOptions = { project: ['tsconfig.json'], tsconfigRootDir: root };
    const eslint = new ESLint({
      cwd: root,
      overrideConfigFile: true,
      overrideConfig: [{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser, parserOptions } }, rekindle.configs.recommended],
    });
    const [result] = await eslint.lintFiles([join(root, 'dags/asks.ts')]);
    messages = new Map();
    for (const { line, message } of result!.messages) messages.set(line, [...(messages.get(line) ?? []), message]);
  });

  for (const [i, [code, message]] of WRONG.entries())
    it(`refuses ${code}`, () => {
      const found = messages.get(FIRST_LINE + i) ?? [];
      expect(found).to.have.length(1);
      expect(found[0]).to.match(message);
    });
  for (const [i, code] of RIGHT.entries())
    it(`lets ${code} be`, () => expect(messages.get(FIRST_LINE + WRONG.length + i)).to.equal(undefined));
});
