/** Elements without strings of HTML: what a run is named never becomes markup. */

export type Child = Node | string | null;
type Attributes = Readonly<Record<string, string | number | boolean | null>>;

/** An element with attributes (`true`: present, `false` and `null`: absent) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes?: Attributes,
  ...children: readonly Child[]
): HTMLElementTagNameMap[K];
export function h(tag: string, attributes?: Attributes, ...children: readonly Child[]): HTMLElement;
export function h(tag: string, attributes: Attributes = {}, ...children: readonly Child[]): HTMLElement {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

let ids = 0;

/** An identifier that no other element of the page has, for labels. */
export function uniqueId(prefix: string): string {
  return `${prefix}-${++ids}`;
}

/** A bar of `part` (0 to 1) of its place, drawn by the style sheet. (Styles set by script are no inline styles to the content policy.) */
export function meter(part: number): HTMLElement {
  const element = h('span', { class: 'meter', role: 'presentation' });
  element.style.setProperty('--part', String(part));
  return element;
}

/** A part that scrolls sideways, reachable by keyboard. */
export function scrollable(label: string, ...children: readonly Child[]): HTMLElement {
  return h('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: 0 }, ...children);
}

const announcer = h('div', { class: 'visually-hidden', role: 'status', 'aria-live': 'polite' });

/** Says something to a screen reader that others see anyway. */
export function announce(text: string): void {
  if (!announcer.isConnected) document.body.append(announcer);
  announcer.textContent = text;
}
