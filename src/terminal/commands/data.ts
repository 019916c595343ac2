/** `prune-lab data list|get NAME`: which data sets are there, and fetching the published ones. */
import { getDataset, listDatasets } from '../../engine/data/get';
import { PUBLISHED_SETS, type PublishedSet } from '../../engine/data/locate';
import { terminalErrors } from '../errors';
import { parse } from '../args';
import { colours, print, printJson, write } from '../io';
import { onInterrupt } from '../interrupt';
import { table } from '../text';

const USAGE = 'prune-lab data list [--json] | prune-lab data get NAME';

export async function data(argv: readonly string[]): Promise<number> {
  const [action, ...rest] = argv;
  if (action === 'list') {
    const { values } = parse({ usage: USAGE, positionals: [], options: { json: { type: 'boolean' } } }, rest);
    const sets = await listDatasets();
    if (values.json) sets.forEach(printJson);
    const rows = sets.map(({ name, found }) => [name, found ?? `not found; \`prune-lab data get ${name}\` fetches it`]);
    if (!values.json) print(table([{ title: 'data set' }, { title: 'where' }], rows, colours).join('\n'));
    return 0;
  }
  if (action === 'get') {
    const { positionals } = parse({ usage: USAGE, positionals: ['NAME'], options: {} }, rest);
    const name = PUBLISHED_SETS.find((known) => known === positionals[0]);
    if (!name) throw terminalErrors.unknownSet(positionals[0]!, PUBLISHED_SETS);
    return get(name);
  }
  throw terminalErrors.badArguments(USAGE, action ? `\`prune-lab data\` cannot \`${action}\`.` : 'What should be done with the data sets?');
}

async function get(name: PublishedSet): Promise<number> {
  const interrupt = onInterrupt(() => undefined);
  let shown = '';
  try {
    const folder = await getDataset(name, {
      signal: interrupt.signal,
      progress: (file, done, total) => {
        const line = `${file}: ${(done / 1e6).toFixed(0)}${total ? ` of ${(total / 1e6).toFixed(0)}` : ''} MB`;
        if (line !== shown) write(`${(shown = line)}\n`, process.stderr);
      },
    });
    print(`${name} lies in ${folder}.`);
    return 0;
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    write(`Interrupted. \`prune-lab data get ${name}\` goes on where it stopped.\n`, process.stderr);
    return 130;
  } finally {
    await interrupt.dispose();
  }
}
