/**
 * What is wrong with an experiment file, and where. Checks speak of keys and values (Finding); this file finds their place in the
 * text and turns remedies into edits of it (Problem), which the editor offers as quick fixes and the terminal prints.
 */
import type { Node } from 'jsonc-parser';

export type Path = (string | number)[];
export type Severity = 'error' | 'warning';

export interface TextEdit {
  offset: number;
  length: number;
  text: string;
}

/** Offsets count UTF-16 units from 0; lines and columns count from 1, and the end is exclusive. */
export interface Range {
  offset: number;
  length: number;
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

export interface Problem {
  /** `config/what`; stable. */
  code: string;
  severity: Severity;
  message: string;
  remedy: string;
  path: Path;
  /** In the file's text; empty and at its start where the option `from` is at fault. */
  range: Range;
  /** The option that brought it, such as `--set prune.keep=5`. */
  from?: string;
  fixes: { title: string; edit: TextEdit }[];
}

/** A way out, in terms of the finding's key or value. */
export type Fix = { title: string } & (
  | { replace: unknown }
  | { rename: string }
  | { remove: true }
  /** Writes a value anywhere in the file, and takes out what it stands in for. */
  | { write: unknown; at: Path; without?: Path }
);

export interface Finding {
  code: string;
  severity: Severity;
  /** The key or the value meant; of a missing key, the path it should have. */
  path: Path;
  /** What to underline. A path that is not in the file is underlined at the key of the object that lacks it. */
  at: 'key' | 'value';
  message: string;
  remedy: string;
  fixes?: Fix[];
  /** In a sweep, only worth saying when it holds for every run. */
  everywhere?: boolean;
}

/** More than anyone reads; what is over is told once these are mended. */
export const MOST_PROBLEMS = 100;

/** `FILE:LINE:COL error CODE: message` (or `--set KEY=VALUE error ...`), and the remedy below it. */
export function formatProblem(file: string, { range, from, severity, code, message, remedy }: Problem): string {
  const where = from ?? `${file}:${range.line}:${range.column}`;
  return `${where} ${severity} ${code}: ${message}\n  remedy: ${remedy}`;
}

/** `prune.criterion.lambda`, `train.schedule.at[0]`. */
export function dotted(path: Path): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}

/** A value as it is written, cut where it is long. */
export function show(value: unknown): string {
  // A number beyond the largest is read as infinity, which JSON.stringify calls null.
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function edited(text: string, { offset, length, text: inserted }: TextEdit): string {
  return text.slice(0, offset) + inserted + text.slice(offset + length);
}

/** Finds places in one text. */
export class Locator {
  private readonly lineStarts: number[];

  constructor(
    private readonly text: string,
    private readonly tree: Node | undefined,
  ) {
    this.lineStarts = [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (eol) => eol.index + eol[0].length)];
  }

  problem(finding: Finding): Problem {
    const { code, severity, message, remedy, path } = finding;
    const node = nodeAt(this.tree, path);
    const property = propertyOf(node);
    const fixes = (finding.fixes ?? []).flatMap((fix) => {
      const edit = this.edit(fix, node, property);
      return edit ? [{ title: fix.title, edit }] : [];
    });
    const marked = node ? (finding.at === 'key' ? (property?.children?.[0] ?? node) : node) : this.enclosing(path);
    return { code, severity, message, remedy, path, range: this.range(marked.offset, marked.length), fixes };
  }

  /** A problem of an option, which has no place in the text. */
  problemFrom(option: string, { code, severity, message, remedy, path }: Finding): Problem {
    return { code, severity, message, remedy, path, range: this.range(0, 0), from: option, fixes: [] };
  }

  range(offset: number, length: number): Range {
    const from = Math.min(Math.max(0, offset), this.text.length);
    const to = Math.min(from + Math.max(0, length), this.text.length);
    const start = this.position(from);
    const end = this.position(to);
    return { offset: from, length: to - from, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
  }

  /** The edit that takes a property or an element out, together with the comma it no longer needs. */
  removal(node: Node): TextEdit {
    const siblings = node.parent?.children ?? [node];
    const at = siblings.indexOf(node);
    const next = siblings[at + 1];
    const previous = siblings[at - 1];
    if (next) return { offset: node.offset, length: next.offset - node.offset, text: '' };
    if (previous) return between(end(previous), end(node));
    return between(node.offset, node.parent ? end(node.parent) - 1 : end(node));
  }

  private edit(fix: Fix, node: Node | undefined, property: Node | undefined): TextEdit | null {
    if ('write' in fix) return this.writing(fix.at, fix.write, fix.without);
    if (!node) return null;
    if ('replace' in fix) return { offset: node.offset, length: node.length, text: JSON.stringify(fix.replace) };
    if ('remove' in fix) return this.removal(property ?? node);
    const key = property?.children?.[0];
    return key ? { offset: key.offset, length: key.length, text: JSON.stringify(fix.rename) } : null;
  }

  private writing(at: Path, value: unknown, without: Path | undefined): TextEdit | null {
    const written = writeAt(this.text, this.tree, at, value);
    const old = propertyOf(without && nodeAt(this.tree, without));
    return written && old ? asOne(this.text, written, this.removal(old)) : written;
  }

  /** The key of the innermost object on the way to `path` that is there; of the root and of list elements, the bracket they open with. */
  private enclosing(path: Path): { offset: number; length: number } {
    for (let length = path.length - 1; length >= 0; length--) {
      const node = nodeAt(this.tree, path.slice(0, length));
      if (node) return propertyOf(node)?.children?.[0] ?? { offset: node.offset, length: 1 };
    }
    return { offset: 0, length: Math.min(1, this.text.length) };
  }

  private position(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.lineStarts[low]! + 1 };
  }
}

/** The value at a path. Of a key that is written twice it is the last, which is the one that counts. */
export function nodeAt(tree: Node | undefined, path: Path): Node | undefined {
  let node = tree;
  for (const part of path) {
    if (node?.type === 'object') node = node.children?.findLast((property) => property.children?.[0]?.value === part)?.children?.[1];
    else if (node?.type === 'array' && typeof part === 'number') node = node.children?.[part];
    else return undefined;
  }
  return node;
}

/** The edit that gives a key a value: in its place, or after the last key of the object that lacks it; null where there is no such object. */
export function writeAt(text: string, tree: Node | undefined, path: Path, value: unknown): TextEdit | null {
  const there = nodeAt(tree, path);
  if (there) return { offset: there.offset, length: there.length, text: JSON.stringify(value) };
  let length = path.length - 1;
  while (length > 0 && !nodeAt(tree, path.slice(0, length))) length--;
  const object = nodeAt(tree, path.slice(0, length));
  if (object?.type !== 'object') return null;
  const inner = path.slice(length + 1).reduceRight<unknown>((made, key) => ({ [key]: made }), value);
  const property = `${JSON.stringify(path[length])}: ${JSON.stringify(inner)}`;
  const [first] = object.children ?? [];
  if (!first) return { offset: object.offset + 1, length: 0, text: ` ${property} ` };
  // As the keys before it: on a line of its own, or beside them.
  const [line] = /(\r\n|\r|\n)[ \t]*$/.exec(text.slice(object.offset, first.offset)) ?? [' '];
  return { offset: end(object.children!.at(-1)!), length: 0, text: `,${line}${property}` };
}

/** Two edits that do not overlap as a single one. */
function asOne(text: string, one: TextEdit, other: TextEdit): TextEdit {
  const [first, last] = one.offset <= other.offset ? [one, other] : [other, one];
  const between = text.slice(first.offset + first.length, last.offset);
  return { offset: first.offset, length: last.offset + last.length - first.offset, text: first.text + between + last.text };
}

function propertyOf(node: Node | undefined): Node | undefined {
  return node?.parent?.type === 'property' ? node.parent : undefined;
}

const end = (node: Node): number => node.offset + node.length;
const between = (from: number, to: number): TextEdit => ({ offset: from, length: to - from, text: '' });
