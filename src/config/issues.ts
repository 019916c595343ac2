/** The schema's complaints in the words of the file: which key or value, what was expected, and the edit that was probably meant. */
import * as z from 'zod';
import { allKeys, bare, boundsOf, choicesOf, inWords, interval, isFraction, nearest, oneOf, schemaAt, shapeOf, unionOf } from './lookup';
import { dotted, MOST_PROBLEMS, show, type Finding, type Fix, type Path } from './problems';
import { ExperimentFile } from './schema';

type Issue = z.core.$ZodIssue;
type Schema = z.core.$ZodType;

const KEYS = [...allKeys(ExperimentFile).keys()];

const error = (finding: Omit<Finding, 'severity'>): Finding => ({ severity: 'error', ...finding });

/** @param value what was parsed as an experiment file and gave these issues */
export function findingsOf(issues: readonly Issue[], value: unknown): Finding[] {
  return issues
    .filter((issue) => issue.code !== 'custom' || !issues.some((other) => other !== issue && same(other.path, issue.path)))
    .slice(0, MOST_PROBLEMS)
    .flatMap((issue) => findings(issue, value));
}

const same = (a: Issue['path'], b: Issue['path']): boolean => a.length === b.length && a.every((part, i) => part === b[i]);

function findings(issue: Issue, root: unknown): Finding[] {
  const path = issue.path as Path;
  if (issue.code === 'unrecognized_keys') return issue.keys.slice(0, MOST_PROBLEMS).map((key) => unknownKey(path, key, root));
  const schema = schemaAt(ExperimentFile, path, root);
  const value = valueAt(root, path);
  if (!schema)
    return [
      error({ code: 'config/wrong-type', path, at: 'value', message: `${subject(path)}: ${issue.message}.`, remedy: 'Correct the value.' }),
    ];
  if (value === undefined) return [missingKey(path, schema)];
  if (issue.code === 'too_small' || issue.code === 'too_big') return [outOfRange(path, schema, value)];
  if (issue.code === 'custom') return [notOfTheForm(path, schema, value, issue.message)];
  if (choicesOf(schema)) return [unknownValue(path, schema, value)];
  return [wrongType(path, schema, value)];
}

function unknownKey(parent: Path, key: string, root: unknown): Finding {
  const path = [...parent, key];
  const within = schemaAt(ExperimentFile, parent, root)!;
  const written = valueAt(root, parent) as Record<string, unknown>;
  const known = Object.keys(shapeOf(within, written) ?? {});
  const remove: Fix = { title: `Remove ${show(key)}`, remove: true };

  const union = unionOf(within);
  const others = [...(union?.shapes ?? [])].filter(([, shape]) => Object.hasOwn(shape, key)).map(([name]) => name);
  if (union && others.length > 0) {
    const decider = dotted([...parent, union.decidedBy]);
    return error({
      code: 'config/no-effect',
      path,
      at: 'key',
      message: `${dotted(path)} has no effect where ${decider} is ${show(written[union.decidedBy])}; it belongs to ${others.length === union.shapes.size - 1 ? 'all others' : oneOf(others)}.`,
      remedy: `Remove ${show(key)}, or change ${decider}.`,
      fixes: [remove],
    });
  }

  const message = `There is no key ${dotted(path)}.`;
  const meant = nearest(key, known);
  if (meant !== null) {
    // A key that is already there cannot be what this one should be called: it is one too many.
    const there = Object.hasOwn(written, meant);
    return error({
      code: 'config/unknown-key',
      path,
      at: 'key',
      message,
      remedy: there ? `Remove it: ${show(meant)} is there already.` : `Did you mean ${show(meant)}?`,
      fixes: [there ? remove : { title: `Change to ${show(meant)}`, rename: meant }],
    });
  }
  const elsewhere = KEYS.filter((other) => other.split('.').at(-1) === key && !other.includes('*') && other !== dotted(path));
  const remedy =
    elsewhere.length > 0 && elsewhere.length <= 3
      ? `${show(key)} is a key of ${elsewhere.map((other) => (other.includes('.') ? other.slice(0, other.lastIndexOf('.')) : 'the experiment itself')).join(' and ')}.`
      : `The ${known.length === 1 ? 'key here is' : 'keys here are'} ${known.join(', ')}.`;
  return error({ code: 'config/unknown-key', path, at: 'key', message, remedy, fixes: [remove] });
}

function missingKey(path: Path, schema: Schema): Finding {
  const key = show(path.at(-1));
  const where = path.length > 1 ? `to ${dotted(path.slice(0, -1))}` : 'to the experiment';
  return error({
    code: 'config/missing-key',
    path,
    at: 'value',
    message: `${dotted(path)} is missing.`,
    remedy: `Add ${key} ${where}: ${inWords(schema)}.`,
  });
}

function outOfRange(path: Path, schema: Schema, value: unknown): Finding {
  if (typeof value !== 'number') return outOfLength(path, value);
  const bounds = boundsOf(schema);
  // A number that is one of several choices, as threads are.
  if (!bounds) return { ...wrongType(path, schema, value), code: 'config/out-of-range' };
  if (value > 1) {
    const slip = percentage(path, schema, value);
    if (slip) return slip;
  }
  const bound = value < bounds.minimum ? bounds.minimum : bounds.maximum;
  return error({
    code: 'config/out-of-range',
    path,
    at: 'value',
    message: `${subject(path)} is ${show(value)}, but it must be ${inWords(schema)}.`,
    remedy: `Write ${inWords(schema)}.`,
    // The nearest fraction or rate is hardly what was meant; the nearest count is.
    fixes: bounds.whole ? replacements([bound], schema) : [],
  });
}

/** A rule of the schema's own, such as a depth of 6n + 2, whose message says what is expected. */
function notOfTheForm(path: Path, schema: Schema, value: unknown, expected: string): Finding {
  const nearby = typeof value === 'number' ? Array.from({ length: 10 }, (_, i) => [value - i - 1, value + i + 1]) : [];
  const [below, above] = [0, 1].map((side) => nearby.map((pair) => pair[side]!).find((one) => z.safeParse(bare(schema), one).success));
  return error({
    code: 'config/out-of-range',
    path,
    at: 'value',
    message: `${subject(path)} is ${show(value)}, but it must be ${expected}.`,
    remedy: `Write ${[below, above].filter((one) => one !== undefined).join(' or ') || expected}.`,
    fixes: replacements([below, above], schema),
  });
}

/** A percentage, be it a string such as "5%", where a fraction belongs; null where the fraction would not do either. */
function percentage(path: Path, schema: Schema, value: number, written = String(value)): Finding | null {
  const keeps = path.at(-1) === 'keep' || path.at(-2) === 'layerKeep';
  const fraction = Number((value / 100).toPrecision(12));
  const fixes = replacements([fraction], schema);
  if (!isFraction(schema, path.at(-1)) || fixes.length === 0) return null;
  // `keep: 95` may well be the sparsity.
  const sparsity = Number((1 - fraction).toFixed(12));
  if (keeps && value > 50)
    fixes.push(...replacements([sparsity], schema).map((fix) => ({ ...fix, title: `${fix.title}, to prune ${value}%` })));
  return error({
    code: 'config/unit',
    path,
    at: 'value',
    message: `${subject(path)} is ${written}, but a ${keeps ? 'keep fraction' : 'fraction'} lies in ${interval(boundsOf(schema)!)}.`,
    remedy: keeps ? `Write ${fraction} to keep ${value}%.` : `Write ${fraction} for ${value}%.`,
    fixes,
  });
}

function outOfLength(path: Path, value: unknown): Finding {
  if (dotted(path) === 'seeds') {
    const [only] = value as unknown[];
    const remedy =
      only === undefined ? 'List the seeds, or remove "seeds".' : `Write "seed": ${show(only)} for one run, or list more seeds.`;
    return error({
      code: 'config/out-of-range',
      path,
      at: 'value',
      message: `seeds needs at least two seeds and has ${(value as unknown[]).length}.`,
      remedy,
    });
  }
  const length = (value as string | unknown[]).length;
  const [what, unit, units] = Array.isArray(value) ? ['a list', 'entry', 'entries'] : ['a string', 'character', 'characters'];
  return error({
    code: 'config/out-of-range',
    path,
    at: 'value',
    message: length === 0 ? `${subject(path)} is empty.` : `${subject(path)} is ${what} of ${length} ${units}, which is too long.`,
    remedy: length === 0 ? `Write at least one ${unit}, or remove ${typeof path.at(-1) === 'number' ? 'it' : 'the key'}.` : 'Shorten it.',
  });
}

function unknownValue(path: Path, schema: Schema, value: unknown): Finding {
  const choices = choicesOf(schema)!;
  const expected = `${subject(path)} is ${show(value)}, but it must be ${oneOf(choices)}.`;
  const meant = typeof value === 'string' ? nearest(value, choices.map(String)) : null;
  const fixes = replacements(
    choices.filter((choice) => String(choice) === meant),
    schema,
  );
  const isText = typeof value === 'string' && choices.some((choice) => typeof choice === 'string');
  return error({
    code: isText ? 'config/unknown-value' : 'config/wrong-type',
    path,
    at: 'value',
    message: expected,
    remedy: meant === null ? `Write ${oneOf(choices)}.` : `Did you mean ${show(choices.find((choice) => String(choice) === meant))}?`,
    fixes,
  });
}

function wrongType(path: Path, schema: Schema, value: unknown): Finding {
  const percent = typeof value === 'string' ? /^\s*([\d.]+)\s*%\s*$/.exec(value) : null;
  const slip = percent && percentage(path, schema, Number(percent[1]), show(value));
  if (slip) return slip;
  const number = typeof value === 'string' && value.trim() !== '' ? [Number(value)] : [];
  const rounded = typeof value === 'number' ? [Math.max(1, Math.round(value)), Math.round(value)] : [];
  const union = unionOf(schema);
  const fixes = replacements([...number, ...rounded, [value], ...(union ? [{ [union.decidedBy]: value }] : [])], schema).slice(0, 1);
  return error({
    code: 'config/wrong-type',
    path,
    at: 'value',
    message: `${subject(path)} is ${kindOf(value)}, but it must be ${inWords(schema)}.`,
    remedy: fixes[0] ? `${fixes[0].title}.` : `Write ${inWords(schema)}.`,
    fixes,
  });
}

/** Those candidates that the schema takes, as edits. */
function replacements(candidates: readonly unknown[], schema: Schema): Fix[] {
  return candidates
    .filter((candidate) => z.safeParse(bare(schema), candidate).success)
    .map((candidate) => ({ title: `Write ${show(candidate)}`, replace: candidate }));
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null) return 'null';
  return typeof value === 'object' ? 'an object' : show(value);
}

const subject = (path: Path): string => dotted(path) || 'The experiment';

export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    root,
  );
}
