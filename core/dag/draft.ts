/** A body while it is being written. */
import type { Read } from './ref.js';
import type { NodeSpec } from './spec.js';

export class BodyDraft {
  readonly nodes = new Map<string, NodeSpec>();
  /** ids in the order they were added, so that the newest can be had without walking over all */
  readonly order: string[] = [];
  /** what the body reads from the bodies around it, by name */
  readonly outside = new Map<string, Read>();
  readonly dag: string;
  /** how an error calls it: `arm 'promote' of 'decide'` */
  readonly label: string;
  readonly parent: BodyDraft | undefined;

  constructor(dag: string, label: string, parent?: BodyDraft) {
    this.dag = dag;
    this.label = label;
    this.parent = parent;
  }

  add(id: string, node: NodeSpec): void {
    this.nodes.set(id, node);
    this.order.push(id);
  }

  /** Is it this body or one around it? */
  isIn(body: object): boolean {
    return body === this || (this.parent?.isIn(body) ?? false);
  }

  read(name: string): Read {
    return { name, body: this, edge: true, soft: false };
  }

  /** Lets those of the members that wait for no other member wait for `upstreams`. */
  startAfter(members: ReadonlySet<string>, upstreams: readonly string[]): void {
    if (upstreams.length === 0) return;
    for (const id of members) {
      const node = this.nodes.get(id)!;
      const isFirst = node.after.every((upstream) => !members.has(upstream));
      if (isFirst) this.nodes.set(id, { ...node, after: [...new Set([...node.after, ...upstreams])] });
    }
  }

  /** The members that no other member waits for. */
  leavesOf(members: ReadonlySet<string>): string[] {
    const upstreams = new Set([...members].flatMap((id) => this.nodes.get(id)!.after));
    return [...members].filter((id) => !upstreams.has(id));
  }
}
