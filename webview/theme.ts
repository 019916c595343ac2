/** The editor's theme: its colours, and when it changes. */

/** What a theme variable holds now; `fallback` where the theme leaves it out. */
export function themeColor(name: `--vscode-${string}`, fallback = 'currentColor'): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || fallback;
}

const listeners = new Set<() => void>();
let watching = false;

/** Calls `listener` after each change of theme, once for all that changes with it. */
export function onTheme(listener: () => void): { dispose(): void } {
  if (!watching) {
    watching = true;
    let due = false;
    const observer = new MutationObserver(() => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => {
        due = false;
        for (const each of [...listeners]) each();
      });
    });
    // The editor writes its variables into the root's style and the kind of theme into the body's class.
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  }
  listeners.add(listener);
  return { dispose: () => void listeners.delete(listener) };
}
