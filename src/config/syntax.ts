/** What is wrong with a text that is not JSON with comments. */
import { createScanner, printParseErrorCode, type ParseError } from 'jsonc-parser';
import type { Locator, Problem } from './problems';

/** Only the first mistake: those after it are mostly its consequences. */
export function syntaxProblem(text: string, errors: readonly ParseError[], tooDeepAt: number | null, locator: Locator): Problem | null {
  const problem = (message: string, remedy: string, offset: number, length: number, fixes: Problem['fixes'] = []): Problem => ({
    code: 'config/syntax',
    severity: 'error',
    message,
    remedy,
    path: [],
    range: locator.range(offset, length),
    fixes,
  });
  if (tooDeepAt !== null)
    return problem('Brackets are nested too deeply for an experiment.', 'Check the brackets around this place.', tooDeepAt, 1);
  const [first] = errors;
  if (!first) return null;
  const { open, end, isLast } = before(text, first.offset);
  if (end === 0 && isLast)
    return problem('The file is empty.', 'Write an experiment, for example a copy of examples/quick.prune.json.', 0, 0);
  const name = printParseErrorCode(first.error);
  if (isLast) {
    const closing = open
      .map((offset) => (text[offset] === '{' ? '}' : ']'))
      .reverse()
      .join('');
    const where = open.map((offset) => `the ${text[offset]} of line ${locator.range(offset, 1).line}`).reverse();
    return problem(
      'The file ends before the experiment does.',
      where.length > 0 ? `Write the rest, and close ${where.join(' and ')}.` : 'Write the rest.',
      end,
      0,
      name.startsWith('Close') ? [{ title: `Write ${closing}`, edit: { offset: end, length: 0, text: closing } }] : [],
    );
  }
  const [message, remedy] = SYNTAX[name] ?? ['This is not JSON.', 'Correct what is marked.'];
  const word = text.slice(first.offset, first.offset + first.length);
  const meant = name === 'CommaExpected' ? null : asJson(word);
  const fixes =
    name === 'CommaExpected'
      ? [{ title: 'Insert a comma', edit: { offset: end, length: 0, text: ',' } }]
      : meant === null
        ? []
        : [{ title: `Write ${meant}`, edit: { offset: first.offset, length: first.length, text: meant } }];
  return problem(message, remedy, first.offset, first.length, fixes);
}

/** Of the text up to an offset: its open brackets, where its last word ends, and whether that is the last word of the whole text. */
function before(text: string, offset: number): { open: number[]; end: number; isLast: boolean } {
  const scanner = createScanner(text, true);
  const open: number[] = [];
  let end = 0;
  for (scanner.scan(); scanner.getTokenOffset() < text.length; scanner.scan()) {
    const at = scanner.getTokenOffset();
    if (at >= offset) return { open, end, isLast: false };
    const token = scanner.getTokenLength() === 1 ? text[at] : '';
    if (token === '{' || token === '[') open.push(at);
    if (token === '}' || token === ']') open.pop();
    end = scanner.getPosition();
  }
  return { open, end, isLast: true };
}

/** What a word that JSON does not know probably is: a string in other quotes or in none, a number such as `.5`, a Python constant. */
function asJson(word: string): string | null {
  const constant: Record<string, string> = { True: 'true', False: 'false', None: 'null' };
  if (Object.hasOwn(constant, word)) return constant[word]!;
  const number = /^\+?(\d*\.?\d+)\.?$/.exec(word);
  if (number) return String(Number(number[1]));
  const quoted = /^'([^'"\\]*)'$/.exec(word);
  if (quoted) return JSON.stringify(quoted[1]);
  return /^[A-Za-z_$][\w$-]*$/.test(word) ? JSON.stringify(word) : null;
}

const SYNTAX: Record<string, [message: string, remedy: string]> = {
  InvalidSymbol: ['This is not a JSON value.', 'Put keys and strings in double quotes; only true, false, null and numbers stand without.'],
  InvalidNumberFormat: ['This is not a JSON number.', 'Write it like 0.05 or 1e-4.'],
  PropertyNameExpected: ['A key is expected here.', 'Write it in double quotes, then a colon and its value: "key": value.'],
  ValueExpected: ['A value is expected here.', 'Write a number, a string in double quotes, true, false, [ ] or { }.'],
  ColonExpected: ['A colon is expected here, after the key.', 'Write "key": value.'],
  CommaExpected: ['A comma is missing before this.', 'Put a comma between entries.'],
  CloseBraceExpected: ['A closing } is missing before this.', 'Close the object that was opened with {.'],
  CloseBracketExpected: ['A closing ] is missing before this.', 'Close the list that was opened with [.'],
  EndOfFileExpected: ['The experiment has ended before this.', 'Remove what follows its last }.'],
  InvalidCommentToken: ['This is not a comment.', 'Write // before a line, or /* and */ around the comment.'],
  UnexpectedEndOfComment: ['This comment does not end.', 'Close it with */.'],
  UnexpectedEndOfString: ['This string does not end.', 'Close it with a double quote on the same line.'],
  UnexpectedEndOfNumber: ['This number does not end.', 'Write it like 0.05 or 1e-4.'],
  InvalidUnicode: ['This is not a Unicode escape.', 'Write \\u and four hexadecimal digits.'],
  InvalidEscapeCharacter: ['There is no such escape.', 'Write \\\\ for a backslash.'],
  InvalidCharacter: ['A string cannot hold this character as it is.', 'Write it as an escape, for example \\n or \\t.'],
};
