/** The page around a webview's script: content policy, style sheet, and what restores the panel. */
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { forHtml } from '../../shared/harmless';
import type { PanelState } from '../../shared/view';

export type Page = 'result' | 'inspector' | 'compare';

const TITLES: Record<Page, string> = { result: 'Result of a run', inspector: 'Selected run', compare: 'Compared runs' };

/** Scripts may run, and reach files of the extension only where these lie. */
export function webviewOptions(extension: vscode.Uri): vscode.WebviewOptions {
  return {
    enableScripts: true,
    localResourceRoots: [vscode.Uri.joinPath(extension, 'dist', 'webview'), vscode.Uri.joinPath(extension, 'media')],
  };
}

/** On a panel's tab, where no theme colours it. */
export function panelIcon(extension: vscode.Uri): { light: vscode.Uri; dark: vscode.Uri } {
  const icon = (theme: 'light' | 'dark') => vscode.Uri.joinPath(extension, 'media', `panel-${theme}.svg`);
  return { light: icon('light'), dark: icon('dark') };
}

export function html(webview: vscode.Webview, extension: vscode.Uri, page: Page, state: PanelState | null): string {
  const nonce = randomBytes(18).toString('base64url');
  const file = (name: string) => forHtml(webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist', 'webview', name)).toString());
  const policy = [
    `default-src 'none'`,
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}' ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
    `font-src ${webview.cspSource}`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${forHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta property="csp-nonce" content="${nonce}">
<title>${TITLES[page]}</title>
<link rel="stylesheet" nonce="${nonce}" href="${file(`${page}.css`)}">
</head>
<body data-state="${forHtml(JSON.stringify(state))}">
<main id="app" aria-busy="true"></main>
<script type="module" nonce="${nonce}" src="${file(`${page}.js`)}"></script>
</body>
</html>`;
}
