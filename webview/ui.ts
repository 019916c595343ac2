/**
 * The only file that knows the component kit: it registers the components in use and makes them. The kit is archived upstream, so another
 * one would be swapped in here. Its badge and dropdown write style attributes, which the content policy refuses; these are the page's own.
 */
import { provideVSCodeDesignSystem, vsCodeButton, vsCodeCheckbox, vsCodeProgressRing, vsCodeTextField } from '@vscode/webview-ui-toolkit';
import { h } from './dom';

provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeProgressRing(), vsCodeTextField());

interface ButtonOptions {
  primary?: boolean;
  title?: string;
  /** Its accessible name, where the text does not tell it from others of the page. */
  name?: string;
}

export function button(text: string, onClick: () => void, { primary = false, title, name }: ButtonOptions = {}): HTMLElement {
  const appearance = primary ? 'primary' : 'secondary';
  const made = h('vscode-button', { appearance, title: title ?? null, 'aria-label': name ?? null }, text);
  made.addEventListener('click', onClick);
  return made;
}

export function badge(text: string): HTMLElement {
  return h('span', { class: 'badge' }, text);
}

export function progressRing(label: string): HTMLElement {
  return h('vscode-progress-ring', { 'aria-label': label });
}

/** `onInput` gets each new text. */
export function textField(label: string, placeholder: string, onInput: (text: string) => void): HTMLElement {
  // The kit takes the name from the content; the style sheet hides it from sight.
  const made = h('vscode-text-field', { placeholder, size: 24 }, label) as HTMLElement & { value: string };
  made.addEventListener('input', () => onInput(made.value));
  return made;
}

/** `onChange` gets the value of the chosen option. */
export function dropdown(
  label: string,
  options: readonly { value: string; text: string }[],
  selected: string,
  onChange: (value: string) => void,
): HTMLSelectElement {
  const made = h(
    'select',
    { class: 'dropdown', 'aria-label': label },
    ...options.map(({ value, text }) => h('option', { value, selected: value === selected }, text)),
  );
  made.addEventListener('change', () => onChange(made.value));
  return made;
}

export function checkbox(label: string, checked: boolean, onChange: (checked: boolean) => void): HTMLElement {
  const made = h('vscode-checkbox', { checked }, label) as HTMLElement & { checked: boolean };
  made.addEventListener('change', () => onChange(made.checked));
  return made;
}
