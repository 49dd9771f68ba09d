/** What a task, a node or a DAG can be called. A dot separates a node from the body around it. */
export const ID = /^[A-Za-z_][A-Za-z0-9_-]*$/;

export const idProblem = (id: string): string => `'${id}' cannot be an id; use letters, digits, _ and -, beginning with a letter`;
