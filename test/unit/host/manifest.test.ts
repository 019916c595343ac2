/** What package.json promises about settings: a repository's .vscode/settings.json must not change what runs may do on this machine. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

interface Manifest {
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: { configuration: { properties: Record<string, { scope?: string; type: string; default: unknown }> } };
}
const root = path.join(__dirname, '../../..');
const { capabilities, contributes } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
const settings = Object.entries(contributes.configuration.properties);

describe('settings', () => {
  it.each(settings)('%s is of the machine, not of a workspace, and restricted where there is no trust', (name, { scope }) => {
    expect(scope).toMatch(/^machine$|^application$/);
    expect(capabilities.untrustedWorkspaces.restrictedConfigurations).toContain(name);
  });

  it('allow no place outside the workspace unless a person says so', () => {
    expect(contributes.configuration.properties['pruneLab.allowOutsidePaths']).toMatchObject({ type: 'boolean', default: false });
  });
});
