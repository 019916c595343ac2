/** Text that may hold names from somebody else's files, made harmless for where it is shown as more than text. */

/** The colours that this program itself prints (picocolors: bold, dim, six colours, and back). They can change how text looks, nothing else. */
const OWN_COLOUR = /^.\[(0|1|2|22|3[1-6]|39)m/;

/**
 * For a terminal: control characters, by which text could move the cursor, clear lines, rename the window or have the terminal type, and marks that
 * turn the direction of writing stand as escapes, as JSON has them. Line feeds, tabs and this program's own colours stay.
 */
export function forTerminal(text: string): string {
  return text.replace(/\p{Cc}|\p{Bidi_Control}/gu, (c, at: number) => {
    const stays = c === '\n' || c === '\t' || (c === ESCAPE && OWN_COLOUR.test(text.slice(at, at + 5)));
    return stays ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const ESCAPE = '\u001b';

/** For a notification of the editor, where `[text](command:...)` would be a link that runs a command: no link is left. */
export function forNotification(text: string): string {
  return text.replaceAll('](', '] (');
}

/** For HTML, as text or as the value of an attribute in double quotes. */
export function forHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
