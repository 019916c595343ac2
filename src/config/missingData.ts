/** Is the data there? Asked apart from the other checks, because the answer lies outside the file. */
import type { Parsed } from './parse';
import type { Path, Problem } from './problems';
import { Data } from './schema';
import { choices, withValues } from './sweep';

type Asked = Exclude<Data['name'], 'digits'>;

/**
 * The folders that were searched for the set in vain; none where it was found. `path` is data.path; of NumPy files it is one of the four.
 */
export type SearchedInVain = (name: Asked, path: string | undefined) => Promise<readonly string[]>;

const NPY_FILES = ['images', 'labels', 'testImages', 'testLabels'] as const;
type Key = 'name' | 'path' | (typeof NPY_FILES)[number];

/** A problem for each data set of the file's runs that is not found, or each of its files where it names them. Of a file with errors nothing is asked. */
export async function findMissingData(
  { written, problemOf }: Pick<Parsed, 'written' | 'problemOf'>,
  searchedInVain: SearchedInVain,
): Promise<Problem[]> {
  if (!written) return [];
  // Other swept keys do not change where the data is.
  const sweep = Object.fromEntries(Object.entries(written.sweep ?? {}).filter(([key]) => key.startsWith('data.')));
  const runs = choices({ sweep }).map(({ values }) => Data.parse(withValues(written, values)['data']));
  const sought = new Map(runs.flatMap(placesOf).map((one) => [JSON.stringify([one.name, one.path]), one]));

  const place = (...options: [key: Key, value: string][]): Path => {
    for (const [key, value] of options) {
      const index = sweep[`data.${key}`]?.indexOf(value) ?? -1;
      if (index >= 0) return ['sweep', `data.${key}`, index];
    }
    return ['data', options[0]![0]];
  };
  const found = await Promise.all(
    [...sought.values()].map(async ({ name, key, path }) => {
      const folders = await searchedInVain(name, path);
      if (folders.length === 0) return [];
      const at = path === undefined ? place(['name', name]) : place([key, path], ['name', name]);
      const canDraw = name === 'mnist' || name === 'fashion-mnist';
      return [
        problemOf({
          code: 'config/data-not-found',
          severity: 'error',
          at: 'value',
          path: at,
          message:
            name === 'images'
              ? `There is no folder ${folders[0]}.`
              : name === 'npy'
                ? `There is no file ${folders[0]}.`
                : `The files of ${name} are not in ${folders.join(', nor in ')}.`,
          remedy: remedyOf(name, key, path, canDraw),
          fixes:
            canDraw && at[0] === 'data'
              ? [{ title: 'Use the built-in digits instead', write: 'digits', at: ['data', 'otherwise'], without: ['data', 'path'] }]
              : [],
        }),
      ];
    }),
  );
  return found.flat().sort((a, b) => a.range.offset - b.range.offset);
}

/** What is to be looked for: a set in the usual places, or what stands at a key of `data`. */
function placesOf(data: Data): { name: Asked; key: Exclude<Key, 'name'>; path: string | undefined }[] {
  if (data.name === 'digits') return [];
  if (data.name === 'npy') return NPY_FILES.map((key) => ({ name: 'npy', key, path: data[key] }));
  // `otherwise` beside a path is refused by the checks.
  if ('otherwise' in data && data.otherwise !== undefined) return [];
  return [{ name: data.name, key: 'path', path: data.path }];
}

function remedyOf(name: Asked, key: Key, path: string | undefined, canDraw: boolean): string {
  if (name === 'images' || name === 'npy') return `Correct data.${key}, which starts from this file's folder.`;
  if (path !== undefined) return "Correct data.path, which starts from this file's folder, or remove it to search in the usual places.";
  return canDraw
    ? `Run \`prune-lab data get ${name}\`, set data.path to the folder that has them, or add "otherwise": "digits" to use the built-in set instead.`
    : `Run \`prune-lab data get ${name}\`, or set data.path to the folder that has them.`;
}
