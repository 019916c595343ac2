/**
 * The only file that knows the component kit: it registers the components in use and makes them. The kit is archived upstream, so another
 * one would be swapped in here.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDivider,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { h } from './dom';

provideVSCodeDesignSystem().register(
  vsCodeBadge(),
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDivider(),
  vsCodeDropdown(),
  vsCodeOption(),
  vsCodeProgressRing(),
  vsCodeTextField(),
);

export function button(text: string, onClick: () => void, options: { primary?: boolean; title?: string } = {}): HTMLElement {
  const made = h('vscode-button', { appearance: options.primary ? 'primary' : 'secondary', title: options.title ?? null }, text);
  made.addEventListener('click', onClick);
  return made;
}

export function badge(text: string, kind = ''): HTMLElement {
  return h('vscode-badge', { class: `badge ${kind}` }, text);
}

export function divider(): HTMLElement {
  return h('vscode-divider', { role: 'presentation' });
}

export function progressRing(label: string): HTMLElement {
  return h('vscode-progress-ring', { 'aria-label': label });
}

/** `onInput` gets each new text. */
export function textField(label: string, placeholder: string, onInput: (text: string) => void): HTMLElement {
  const made = h('vscode-text-field', { 'aria-label': label, placeholder, size: 24 }) as HTMLElement & { value: string };
  made.addEventListener('input', () => onInput(made.value));
  return made;
}

/** `onChange` gets the value of the chosen option. */
export function dropdown(
  label: string,
  options: readonly { value: string; text: string }[],
  selected: string,
  onChange: (value: string) => void,
): HTMLElement {
  const made = h(
    'vscode-dropdown',
    { 'aria-label': label },
    ...options.map(({ value, text }) => h('vscode-option', { value, selected: value === selected }, text)),
  ) as HTMLElement & { value: string };
  made.addEventListener('change', () => onChange(made.value));
  return made;
}

export function checkbox(label: string, checked: boolean, onChange: (checked: boolean) => void): HTMLElement {
  const made = h('vscode-checkbox', { checked }, label) as HTMLElement & { checked: boolean };
  made.addEventListener('change', () => onChange(made.checked));
  return made;
}
