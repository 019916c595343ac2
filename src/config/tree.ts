/** JSON with comments as a tree with positions, and the tree as plain values. */
import { createScanner, parseTree, type Node, type ParseError } from 'jsonc-parser';
import type { Path } from './problems';

/** The parser calls itself for each level; an experiment has five. */
const DEEPEST = 100;

export function readTree(text: string): { tree: Node | undefined; errors: ParseError[]; tooDeepAt: number | null } {
  const tooDeepAt = firstTooDeep(text);
  if (tooDeepAt !== null) return { tree: undefined, errors: [], tooDeepAt };
  const errors: ParseError[] = [];
  return { tree: parseTree(text, errors, { allowTrailingComma: true, disallowComments: false }), errors, tooDeepAt };
}

function firstTooDeep(text: string): number | null {
  const scanner = createScanner(text, true);
  let depth = 0;
  while (scanner.getPosition() < text.length) {
    scanner.scan();
    const offset = scanner.getTokenOffset();
    if (scanner.getTokenLength() !== 1) continue;
    if (text[offset] === '{' || text[offset] === '[') depth++;
    if (text[offset] === '}' || text[offset] === ']') depth--;
    if (depth > DEEPEST) return offset;
  }
  return null;
}

/** The tree's value. Unlike jsonc-parser's own, a key `__proto__` is a key like any other, so that it is reported as unknown. */
export function toValue(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(toValue);
  if (node.type !== 'object') return node.value as unknown;
  const object: Record<string, unknown> = {};
  for (const { children: [key, value] = [] } of node.children ?? []) {
    if (key && value)
      Object.defineProperty(object, String(key.value), { value: toValue(value), enumerable: true, configurable: true, writable: true });
  }
  return object;
}

/** Keys that are written twice in one object: all but the last, which is the one that would count. */
export function duplicateKeys(node: Node, path: Path = []): { path: Path; property: Node }[] {
  if (node.type === 'array') return (node.children ?? []).flatMap((child, i) => duplicateKeys(child, [...path, i]));
  if (node.type !== 'object') return [];
  const last = new Map<unknown, Node>();
  for (const property of node.children ?? []) last.set(property.children?.[0]?.value, property);
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    const here = [...path, String(key?.value)];
    return [...(last.get(key?.value) === property ? [] : [{ path: here, property }]), ...(value ? duplicateKeys(value, here) : [])];
  });
}
