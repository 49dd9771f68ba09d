/** What is written above DAGs and tasks in their sources, for those that say nothing of themselves. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Dag } from '../core/dag/dag.js';
import type { Body, Callbacks, DagSpec, NodeSpec, TaskCall } from '../core/dag/spec.js';

/** By id. */
export interface Docstrings {
  readonly dags: ReadonlyMap<string, string>;
  readonly tasks: ReadonlyMap<string, string>;
  /** the comment that the file begins with */
  readonly file?: string;
}

interface Comment {
  /** without its stars */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** A slash after one of these begins a regular expression: after a value it divides. */
const BEFORE_PATTERN = /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete|do|else))\s*$/;

/** End of what begins with a quote. */
const quoteEnd = (source: string, start: number): number => {
  const quote = source[start];
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === quote || source[i] === '\n') return i + 1;
  }
  return source.length;
};

const patternEnd = (source: string, start: number): number => {
  let inClass = false;
  for (let i = start + 1; i < source.length; i++) {
    const char = source[i];
    if (char === '\\') i++;
    else if (char === '\n') return start + 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return i + 1;
  }
  return source.length;
};

/** Doc comments only, as strings, templates and patterns may hold what looks like one. */
const docComments = (source: string): Comment[] => {
  const found: Comment[] = [];
  /** depths of braces at which templates go on */
  const templates: number[] = [];
  let depth = 0;
  const templateEnd = (start: number): number => {
    for (let i = start; i < source.length; i++) {
      if (source[i] === '\\') i++;
      else if (source[i] === '`') return i + 1;
      else if (source[i] === '$' && source[i + 1] === '{') {
        templates.push(depth++);
        return i + 2;
      }
    }
    return source.length;
  };
  for (let i = 0; i < source.length;) {
    const char = source[i]!;
    if (source.startsWith('/*', i)) {
      const close = source.indexOf('*/', i + 2);
      const end = close === -1 ? source.length : close + 2;
      if (source.startsWith('/**', i) && end - i > 4) found.push({ text: textOf(source.slice(i + 3, end - 2)), start: i, end });
      i = end;
    } else if (source.startsWith('//', i)) {
      const end = source.indexOf('\n', i);
      i = end === -1 ? source.length : end;
    } else if (char === "'" || char === '"') i = quoteEnd(source, i);
    else if (char === '`') i = templateEnd(i + 1);
    else if (char === '{') {
      depth++;
      i++;
    } else if (char === '}') {
      depth--;
      i++;
      if (templates.at(-1) === depth) {
        templates.pop();
        i = templateEnd(i);
      }
    } else if (char === '/' && BEFORE_PATTERN.test(source.slice(Math.max(0, i - 12), i))) i = patternEnd(source, i);
    else i++;
  }
  return found;
};

/** Paragraphs stay, tags (`@param …`) and what follows them go. */
const textOf = (inside: string): string => {
  const lines = inside.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd());
  const tag = lines.findIndex((line) => /^\s*@\w/.test(line));
  return (tag === -1 ? lines : lines.slice(0, tag)).join('\n').trim();
};

/** `export const extract = task<…>({`, `export default dag({` */
const DECLARATION =
  /\s*(?:export\s+)?(?:default\s+|(?:const|let|var)\s+[\w$]+\s*(?::[^=]+)?=\s*)(?:[\w$]+\.)?(task|dag)\s*(?:<[^()]*>)?\(\s*\{/y;
/** Text in which the id of a task or DAG is looked for: its options come first, and the id usually first of them. */
const HEAD = 2_000;

const declared = (source: string, at: number): { readonly what: string; readonly id: string } | undefined => {
  DECLARATION.lastIndex = at;
  const match = DECLARATION.exec(source);
  if (!match) return undefined;
  const head = source.slice(DECLARATION.lastIndex, DECLARATION.lastIndex + HEAD);
  const id = /(?:^|[\s,{])id:\s*(?:'([^']+)'|"([^"]+)")/.exec(head);
  return id ? { what: match[1]!, id: id[1] ?? id[2]! } : undefined;
};

export const docstringsIn = (source: string): Docstrings => {
  const [dags, tasks] = [new Map<string, string>(), new Map<string, string>()];
  const comments = docComments(source);
  for (const { text, end } of comments) {
    const found = declared(source, end);
    if (found && text !== '') (found.what === 'dag' ? dags : tasks).set(found.id, text);
  }
  const [first] = comments;
  const isTop = first && /^(?:#!.*)?\s*$/.test(source.slice(0, first.start)) && !declared(source, first.end);
  return { dags, tasks, ...(isTop && first.text !== '' ? { file: first.text } : {}) };
};

const IMPORT = /(?:from|import)\s*['"](\.{1,2}\/[^'"]+)['"]/g;

const moduleAt = (path: string): string | undefined =>
  [path.replace(/\.js$/, '.ts').replace(/\.mjs$/, '.mts'), `${path}.ts`, join(path, 'index.ts')].find(
    (file) => /\.m?ts$/.test(file) && existsSync(file),
  );

/** Of a file and what it imports from the same project. */
export const docstringsOf = (root: string, file: string): Docstrings => {
  const inside = realpathSync(root) + sep;
  const tasks = new Map<string, string>();
  const seen = new Set<string>();
  const open = [file];
  let own: Docstrings | undefined;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path) || !path.startsWith(inside) || path.includes(`${sep}node_modules${sep}`)) continue;
    seen.add(path);
    const source = readFileSync(path, 'utf8');
    const found = docstringsIn(source);
    own ??= found;
    for (const [id, text] of found.tasks) if (!tasks.has(id)) tasks.set(id, text);
    for (const [, target] of source.matchAll(IMPORT)) {
      const next = moduleAt(join(dirname(path), target!));
      if (next !== undefined) open.push(next);
    }
  }
  return { dags: own?.dags ?? new Map(), tasks, ...(own?.file === undefined ? {} : { file: own.file }) };
};

/** The server keeps no longer summaries (400 bytes) of what it runs. */
const LONGEST_SUMMARY = 380;

/** The first paragraph on one line: it is shown in Temporal's Web UI. */
const summary = (text: string): string => {
  const line = text
    .split(/\n\s*\n/)[0]!
    .replace(/\s+/g, ' ')
    .trim();
  if (Buffer.byteLength(line) <= LONGEST_SUMMARY) return line;
  return `${Buffer.from(line).subarray(0, LONGEST_SUMMARY).toString().replace(/�$/, '')}…`;
};

/**
 * A DAG with the docstrings of its file where it says nothing itself. Its hash stays: words are no part of a version.
 */
export const withDocstrings = (dag: Dag, { dags, tasks, file }: Docstrings): Dag => {
  if (dags.size === 0 && tasks.size === 0 && file === undefined) return dag;
  const call = <C extends TaskCall>(given: C): C => {
    const text = given.doc === undefined ? tasks.get(given.type) : undefined;
    return text === undefined ? given : { ...given, doc: summary(text) };
  };
  const callbacks = (given: Callbacks): Callbacks =>
    Object.fromEntries(Object.entries(given).map(([event, list]: [string, readonly TaskCall[]]) => [event, list.map(call)]));
  const node = (spec: NodeSpec): NodeSpec => {
    switch (spec.kind) {
      case 'task': {
        const { undo, callbacks: told } = spec;
        return { ...call(spec), ...(undo ? { undo: call(undo) } : {}), ...(told ? { callbacks: callbacks(told) } : {}) };
      }
      case 'workflow':
        return spec.undo ? { ...spec, undo: call(spec.undo) } : spec;
      case 'branch':
        return { ...spec, arms: Object.fromEntries(Object.entries(spec.arms).map(([arm, inside]) => [arm, body(inside)])) };
      case 'group':
      case 'map':
        return { ...spec, body: body(spec.body) };
      case 'sleep':
      case 'approve':
        return spec;
    }
  };
  const body = <B extends Body>(given: B): B => ({
    ...given,
    nodes: Object.fromEntries(Object.entries(given.nodes).map(([id, spec]) => [id, node(spec)])),
  });
  const doc = dag.spec.doc ?? dags.get(dag.id) ?? file;
  const told = body(dag.spec);
  const spec: DagSpec = doc === undefined ? told : { ...told, doc };
  return { ...dag, spec, toJSON: () => spec };
};

/**
 * Never throws: words are no reason to leave a DAG out.
 * @param file relative to the project
 */
export const documented = (root: string, dag: Dag, file: string): Dag => {
  try {
    return existsSync(join(root, file)) ? withDocstrings(dag, docstringsOf(root, join(root, file))) : dag;
  } catch {
    return dag;
  }
};
