// An extension with nothing in it, seen as Prune Lab's views are: a list of runs and under it a page about the selected one, and a page for each
// run, each of one line. What these take to open is the editor's share of what ours take.
const vscode = require('vscode');

exports.activate = ({ subscriptions }) => {
  const text = process.env.FLOOR_TEXT;
  const count = Number(process.env.FLOOR_RUNS);
  const newestFirst = Array.from({ length: count }, (_, i) => `run ${count - 1 - i}`);
  const getTreeItem = (label) => ({ label, command: { command: 'floor.show', title: 'Show' } });
  const fill = (webview, line) => {
    webview.options = { enableScripts: true };
    webview.html = `<!DOCTYPE html><html lang="en"><body><p>${line}</p></body></html>`;
  };
  subscriptions.push(
    vscode.window.registerTreeDataProvider('floor.runs', { getChildren: () => newestFirst, getTreeItem }),
    vscode.window.registerWebviewViewProvider('floor.selected', { resolveWebviewView: ({ webview }) => fill(webview, 'Select a run') }),
    vscode.commands.registerCommand('floor.show', () => {
      fill(vscode.window.createWebviewPanel('floor', 'Floor', vscode.ViewColumn.Active, {}).webview, text);
    }),
  );
};
