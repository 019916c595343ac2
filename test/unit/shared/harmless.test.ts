/** Names from somebody else's files where text is more than text. */
import fc from 'fast-check';
import picocolors from 'picocolors';
import { describe, expect, test } from 'vitest';
import { forHtml, forNotification, forTerminal } from '../../../src/shared/harmless';

const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 1 }),
    fc.constantFrom('\u001b', '[', ']', '(', 'm', '31', '\u009b', '\r', '<', '"', '&'),
  ),
});

describe('on a terminal', () => {
  test.each([
    ['clearing the screen', '\u001b[2J', '\\u001b[2J'],
    ['naming the window', '\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['asking for the cursor, which types the answer', '\u001b[6n', '\\u001b[6n'],
    ['the same in a single character', '\u009b6n', '\\u009b6n'],
    ['hiding text', '\u001b[8mrm -rf\u001b[0m', '\\u001b[8mrm -rf\u001b[0m'],
    ['writing over a line', 'error\rdone ', 'error\\u000ddone '],
    ['turning the direction', 'gpj.\u202eexe', 'gpj.\\u202eexe'],
    ['a bell and a backspace', '\u0007\u0008', '\\u0007\\u0008'],
  ])('%s is written as it stands in JSON', (_what, from, to) => {
    expect(forTerminal(from)).toBe(to);
  });

  test('lines, tabs, letters of all languages and our own colours stay', () => {
    const c = picocolors.createColors(true);
    for (const one of ['a\tb\nc', 'é 日本 שלום 🙂', c.red('x'), c.bold(c.dim('y')), c.yellow(`a ${c.cyan('b')}`), c.green('z')])
      expect(forTerminal(one)).toBe(one);
  });

  test('no other control character is left, and nothing else is changed', () => {
    fc.assert(
      fc.property(text, (given) => {
        const shown = forTerminal(given);
        // eslint-disable-next-line no-control-regex -- that is what is looked for
        expect(shown.replace(/\u001b\[(0|1|2|22|3[1-6]|39)m/g, '')).not.toMatch(/[\0-\u0008\u000b-\u001f\u007f-\u009f]/);
        expect(shown.replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))).toBe(
          given.replace(/\\u([0-9a-f]{4})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
        );
        expect(forTerminal(shown)).toBe(shown);
      }),
    );
  });
});

test('in a notification nothing is a link, a command least of all', () => {
  // As the editor finds links in them.
  const link = /\[[^\]]+\]\((?:https?:\/\/|command:|file:)[^)\s]+\)/i;
  const given = 'Layer [press here](command:workbench.action.terminal.sendSequence) is of a class';
  expect(given).toMatch(link);
  expect(forNotification(given)).toBe('Layer [press here] (command:workbench.action.terminal.sendSequence) is of a class');
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('[', ']', '(', ')', 'a', 'command:x') }), (name) => !link.test(forNotification(name))),
  );
});

test('in HTML nothing is a tag, an entity or the end of an attribute', () => {
  expect(forHtml('<img src=x onerror="a">&amp;')).toBe('&lt;img src=x onerror=&quot;a&quot;&gt;&amp;amp;');
  fc.assert(fc.property(text, (given) => !/[<>"]|&(?!(amp|quot|lt|gt);)/.test(forHtml(given))));
});
