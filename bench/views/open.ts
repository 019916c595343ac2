/**
 * How long views take to open in VS Code, from a click to what it shows; with `floor`, those of an extension with nothing in it (floor/),
 * which is the editor's share.
 *
 * node open.mjs layers N [floor]   a result with N layers: from the click on its run to the last row of its layer table
 * node open.mjs runs N [floor]     the side panel of a workspace with N runs, in a window where the extension has not started
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RUN_FILES } from '../../src/shared/ids';
import type { LayerRow, Run } from '../../src/shared/report';
import { lenetReport } from '../../test/fixtures/report';
import { Workbench } from '../../test/ui/workbench';
import { serve } from '../shared/serve';

const FLOOR = path.resolve(import.meta.dirname, '..', '..', 'bench', 'views', 'floor');
const HASH = 'abcdef0123456789';

function writeRun(root: string, n: number, layers: LayerRow[]): void {
  const created = new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
  const id = `${created.replace(/[-:]|\.000/g, '')}-many-${HASH.slice(0, 6)}`;
  const folder = path.join(root, id);
  const report = lenetReport({ name: 'many', label: `run ${n}`, seed: n, ...(layers.length > 0 && { layers }) });
  const run: Run = {
    schema: 1,
    id,
    label: `run ${n}`,
    state: 'done',
    pid: null,
    experimentFile: null,
    configHash: HASH,
    seed: n,
    created,
    updated: created,
    progress: null,
    resumable: false,
    failure: null,
    summary: { error: 0.0151, errorCount: 151, samples: 10_000, kept: 13_310, unit: 'weights', total: 266_200, params: 78_910 },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, RUN_FILES.run), JSON.stringify(run));
  writeFileSync(path.join(folder, RUN_FILES.report), JSON.stringify(report));
  writeFileSync(path.join(folder, RUN_FILES.config), JSON.stringify({ name: 'many', seed: n }));
}

const [, , mode = 'layers', size = '512', floor] = process.argv;
const count = Number(size);

const manyLayers = Array.from({ length: count }, (_, i): LayerRow => {
  const total = 10_000;
  return {
    name: `fc${i + 1}`,
    type: 'dense',
    shape: [100, 100],
    compactShape: [90, 90],
    total,
    kept: i + 1,
    keptFraction: (i + 1) / total,
  };
});

async function once(extension?: string): Promise<number> {
  const layers = mode === 'layers';
  const workbench = await Workbench.start({
    ...(extension !== undefined && { extension, env: { FLOOR_TEXT: `fc${count}`, FLOOR_RUNS: String(layers ? 1 : count) } }),
    prepare: (workspace) => {
      // What would start the extension before the click.
      for (const name of ['small', 'long', 'sweep', 'broken']) rmSync(path.join(workspace, `${name}.prune.json`));
      const root = path.join(workspace, '.prune', 'runs');
      for (let n = 0; n < (layers ? 1 : count); n++) writeRun(root, n, layers ? manyLayers : []);
    },
  });
  try {
    if (layers) {
      await workbench.showSidePanel();
      await workbench.row(/run 0/).waitFor();
    }
    const start = performance.now();
    if (layers) {
      await workbench.row(/run 0/).click();
      await workbench.webview().getByText(`fc${count}`, { exact: true }).first().waitFor({ state: 'attached' });
    } else {
      await workbench.showSidePanel();
      await workbench.row(`run ${count - 1}`).waitFor();
    }
    return (performance.now() - start) / 1000;
  } finally {
    const problems = await workbench.stop();
    if (problems.length > 0) console.error(problems.join('\n'));
  }
}

void serve(() => once(floor && FLOOR), { warmUps: 0, times: 1, atLeast: 0 });
