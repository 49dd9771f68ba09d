/** A body while it is being written. */
import type { Read } from './ref.js';
import type { NodeSpec } from './spec.js';

export class BodyDraft {
  readonly nodes = new Map<string, NodeSpec>();
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

  /** Is it this body or one around it? */
  isIn(body: object): boolean {
    return body === this || (this.parent?.isIn(body) ?? false);
  }

  read(name: string): Read {
    return { name, body: this, edge: true, soft: false };
  }
}
