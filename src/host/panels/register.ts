import * as vscode from 'vscode';
import type { HostContext } from '../contract';
import { ComparePanels } from './compare';
import { InspectorView } from './inspector';
import { ResultPanels } from './result';

/** Registers the commands that show and compare runs, their panels (restored after a reload) and the inspector. */
export function registerPanels(context: HostContext): vscode.Disposable {
  return vscode.Disposable.from(new ResultPanels(context), new ComparePanels(context), new InspectorView(context));
}
