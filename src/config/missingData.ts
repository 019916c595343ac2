/** Is the data there? Asked apart from the other checks, because the answer lies outside the file. */
import type { Parsed } from './parse';
import type { Path, Problem } from './problems';
import { Data } from './schema';
import { choices, withValues } from './sweep';

/** The folders that were searched for the set in vain; none where it was found. `path` is data.path. */
export type SearchedInVain = (name: 'mnist' | 'fashion-mnist', path: string | undefined) => Promise<readonly string[]>;

/** A problem for each data set of the file's runs that is not found. Of a file with errors nothing is asked. */
export async function findMissingData(
  { written, problemOf }: Pick<Parsed, 'written' | 'problemOf'>,
  searchedInVain: SearchedInVain,
): Promise<Problem[]> {
  if (!written) return [];
  // Other swept keys do not change where the data is.
  const sweep = Object.fromEntries(Object.entries(written.sweep ?? {}).filter(([key]) => key.startsWith('data.')));
  const runs = choices({ sweep }).map(({ values }) => Data.parse(withValues(written, values)['data']));
  const sets = new Map(runs.map((data) => [JSON.stringify([data.name, 'path' in data && data.path]), data]));

  const place = (...options: [key: 'name' | 'path', value: string][]): Path => {
    for (const [key, value] of options) {
      const index = sweep[`data.${key}`]?.indexOf(value) ?? -1;
      if (index >= 0) return ['sweep', `data.${key}`, index];
    }
    return ['data', options[0]![0]];
  };
  const found = await Promise.all(
    [...sets.values()].map(async (data) => {
      // `otherwise` beside a path is refused by the checks.
      if (data.name === 'digits' || data.otherwise !== undefined) return [];
      const { name, path } = data;
      const folders = await searchedInVain(name, path);
      if (folders.length === 0) return [];
      const at = path === undefined ? place(['name', name]) : place(['path', path], ['name', name]);
      return [
        problemOf({
          code: 'config/data-not-found',
          severity: 'error',
          at: 'value',
          path: at,
          message: `The files of ${name} are not in ${folders.join(', nor in ')}.`,
          remedy:
            path === undefined
              ? `Run \`prune-lab data get ${name}\`, set data.path to the folder that has them, or add "otherwise": "digits" to use the built-in set instead.`
              : "Correct data.path, which starts from this file's folder, or remove it to search in the usual places.",
          fixes:
            at[0] === 'data'
              ? [{ title: 'Use the built-in digits instead', write: 'digits', at: ['data', 'otherwise'], without: ['data', 'path'] }]
              : [],
        }),
      ];
    }),
  );
  return found.flat().sort((a, b) => a.range.offset - b.range.offset);
}
