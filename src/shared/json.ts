/** JSON from files that others may have written. */

/** Models nest deepest of what is read here, a dozen levels. What goes through values calls itself for each level, and would run out of stack. */
const DEEPEST = 100;

/** JSON, but with lists and objects nested more deeply than in anything that is read here. */
export class NestedTooDeep extends Error {}

/** As JSON.parse. Throws SyntaxError, NestedTooDeep. */
export function parseJson(text: string): unknown {
  const value = JSON.parse(text) as unknown;
  if (isTooDeep(text)) throw new NestedTooDeep(`it is nested more than ${DEEPEST} levels deep`);
  return value;
}

/** Of a text that is JSON. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let isString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (isString) {
      if (c === '\\') i++;
      else if (c === '"') isString = false;
    } else if (c === '"') isString = true;
    else if (c === '{' || c === '[') {
      if (++depth > DEEPEST) return true;
    } else if (c === '}' || c === ']') depth--;
  }
  return false;
}
