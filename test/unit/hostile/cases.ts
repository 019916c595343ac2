/**
 * What a hostile repository may hold: each case with what is hostile in it, and the code that it is refused with; null where it is read, and what a
 * person sees of it is harmless. `make` writes it into an empty folder; the texts that a person sees are in test/golden/hostile.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { sealed } from '../../../src/store/seal';
import { lenetReport } from '../../fixtures/report';
import { runRecord } from '../../fixtures/run';
import { flatImages, imageFile, labelFile, npyFile, smallSet, words, writeSet } from '../data/fixtures';
import { pngHeader } from '../fuzz/files';
import { tarGz, writeZip } from '../setup/fixtures';
import { denseModel, tarWithSize, zipWithSize } from './made';

/** Who meets it: the program with these arguments, the editor that starts x.prune.json, the reader of its data, or what unpacks `archive`. */
export type By = { terminal: readonly string[] } | 'editor' | 'data' | 'archive';

export interface Case {
  name: string;
  hostile: string;
  code: string | null;
  by: By;
  make: (folder: string) => void;
}

const train = { epochs: 1, learningRate: 0.1 };
const digits = { name: 'digits', train: 10, validation: 10, test: 10 };
const mnist = { name: 'mnist', path: 'set', train: 2, validation: 1, test: 2 };
const json = (value: unknown) => JSON.stringify(value, null, 2);

const experiment = (folder: string, data: object, more: object = {}) =>
  writeFileSync(path.join(folder, 'x.prune.json'), json({ data, train, ...more }));
const npy = (changes: object = {}) => ({
  name: 'npy',
  images: 'x.npy',
  labels: 'y.npy',
  testImages: 'x.npy',
  testLabels: 'y.npy',
  validation: 1,
  ...changes,
});
const images = (more: object = {}) => ({ name: 'images', path: 'classes', size: 8, ...more });

/** Four good NumPy files' worth of samples. */
function samples(folder: string): void {
  writeFileSync(path.join(folder, 'x.npy'), npyFile('|u1', '(4, 4)', new Uint8Array(16)));
  writeFileSync(path.join(folder, 'y.npy'), npyFile('|u1', '(4,)', Uint8Array.of(0, 1, 0, 1)));
}
/** Beside the workspace, which is `folder`. */
const outside = (folder: string) => path.join(path.dirname(folder), 'outside');
function secrets(folder: string): void {
  mkdirSync(path.join(outside(folder), 'a'), { recursive: true });
  writeFileSync(path.join(outside(folder), 'weights.bin'), 'secret');
}
function classes(folder: string, files: Record<string, Uint8Array>): void {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, 'classes', name)), { recursive: true });
    writeFileSync(path.join(folder, 'classes', name), bytes);
  }
}
function model(folder: string, change: (model: ReturnType<typeof denseModel>) => void, weights = Buffer.alloc(4 * 12)): void {
  const made = denseModel();
  change(made);
  writeFileSync(path.join(folder, 'model.json'), JSON.stringify(made));
  writeFileSync(path.join(folder, 'weights.bin'), weights);
}
const RUN = '.prune/runs/one';
function run(folder: string, record: object, report?: string): void {
  mkdirSync(path.join(folder, RUN), { recursive: true });
  writeFileSync(path.join(folder, RUN, 'run.json'), json(record));
  if (report !== undefined) writeFileSync(path.join(folder, RUN, 'report.json'), report);
}

const describeModel: By = { terminal: ['describe', 'model.json'] };
const check: By = { terminal: ['check', 'x.prune.json'] };
const show: By = { terminal: ['show', RUN] };

/** An experiment that the editor does not start, since it leads out of the workspace. */
const leaving = (name: string, hostile: string, make: Case['make']): Case => ({
  name,
  hostile,
  code: 'host/outside-workspace',
  by: 'editor',
  make,
});

const PATHS: Case[] = [
  leaving('path-up', 'data.path leads out of the workspace by ..', (folder) => {
    secrets(folder);
    experiment(folder, images({ path: '../outside' }));
  }),
  leaving('path-absolute', 'data.path is absolute', (folder) => experiment(folder, images({ path: '/etc' }))),
  leaving('link-folder', 'the folder of the data is a link out of the workspace', (folder) => {
    secrets(folder);
    symlinkSync(outside(folder), path.join(folder, 'classes'));
    experiment(folder, images());
  }),
  leaving('link-file', 'a file of the data is a link out of the workspace', (folder) => {
    secrets(folder);
    samples(folder);
    symlinkSync(path.join(outside(folder), 'weights.bin'), path.join(folder, 'labels.npy'));
    experiment(folder, npy({ testLabels: 'labels.npy' }));
  }),
  leaving('link-weights', 'a weight file of the model is a link out of the workspace', (folder) => {
    secrets(folder);
    mkdirSync(path.join(folder, 'model'));
    writeFileSync(path.join(folder, 'model', 'model.json'), JSON.stringify(denseModel()));
    symlinkSync(path.join(outside(folder), 'weights.bin'), path.join(folder, 'model', 'weights.bin'));
    experiment(folder, digits, { model: { name: 'saved', path: 'model/model.json' } });
  }),
  leaving('link-runs', '.prune is a link out of the workspace: runs would be written there', (folder) => {
    secrets(folder);
    symlinkSync(outside(folder), path.join(folder, '.prune'));
    experiment(folder, digits);
  }),
  leaving('link-dangling', '.prune is a link to a place that is not there: writing would make it', (folder) => {
    symlinkSync(path.join(outside(folder), 'not', 'there'), path.join(folder, '.prune'));
    experiment(folder, digits);
  }),
  leaving('path-nul', 'data.path holds a NUL, where programs in C take a path to end', (folder) =>
    experiment(folder, images({ path: 'classes\u0000/../../outside' })),
  ),
  {
    name: 'path-nul-check',
    hostile: 'the same, looked at in the terminal',
    code: null,
    by: check,
    make: (folder) => experiment(folder, images({ path: 'classes\u0000/../../outside' })),
  },
];

const DATA: Case[] = [
  {
    name: 'gzip-bomb',
    hostile: 'an IDX file of 200 KB that unpacks to 200 MB behind a header of three labels',
    code: 'data/wrong-size',
    by: 'data',
    make: (folder) => {
      writeSet(path.join(folder, 'set'), smallSet(), 1);
      writeFileSync(
        path.join(folder, 'set', 'train-labels-idx1-ubyte.gz'),
        gzipSync(Buffer.concat([labelFile(Uint8Array.of(1, 2, 3)), Buffer.alloc(2e8)]), { level: 1 }),
      );
      experiment(folder, mnist);
    },
  },
  {
    name: 'idx-claim',
    hostile: 'an IDX header that claims 2³² - 1 images',
    code: 'data/wrong-size',
    by: 'data',
    make: (folder) => {
      writeSet(path.join(folder, 'set'), {
        ...smallSet(),
        'train-images': Buffer.concat([words(2051, 2 ** 32 - 1, 28, 28), flatImages(1)]),
      });
      experiment(folder, mnist);
    },
  },
  {
    name: 'idx-cut',
    hostile: 'an IDX file of which the last byte is missing',
    code: 'data/truncated',
    by: 'data',
    make: (folder) => {
      writeSet(path.join(folder, 'set'), { ...smallSet(), 'train-images': imageFile(flatImages(12)).subarray(0, -1) });
      experiment(folder, mnist);
    },
  },
  ...(
    [
      ['npy-claim', 'a shape of 2⁴⁰ numbers', 'data/too-large', npyFile('<f4', '(1099511627776,)', new Uint8Array(16))],
      [
        'npy-pickle',
        'objects, which reading would have to run (pickle)',
        'data/npy-type',
        npyFile('|O', '(4, 4)', Buffer.from('\x80\x04cos\nsystem\n')),
      ],
      ['npy-fortran', 'columns where rows are expected', 'data/npy-fortran', npyFile('|u1', '(4, 4)', new Uint8Array(16), 'True')],
      [
        'npy-infinite',
        'a shape whose product is infinite times zero',
        'data/npy-shape',
        npyFile('|u1', `(${'9007199254740991, '.repeat(21)}0)`, new Uint8Array(0)),
      ],
    ] as const
  ).map(([name, hostile, code, bytes]): Case => ({
    name,
    hostile: `a NumPy file of ${hostile}`,
    code,
    by: 'data',
    make: (folder) => {
      samples(folder);
      writeFileSync(path.join(folder, 'x.npy'), bytes);
      experiment(folder, npy());
    },
  })),
  {
    name: 'cifar-names',
    hostile: 'a list of class names of 10 MB',
    code: 'data/wrong-size',
    by: 'data',
    make: (folder) => {
      const record = Buffer.alloc(3073);
      for (const name of ['data_batch_1', 'data_batch_2', 'data_batch_3', 'data_batch_4', 'data_batch_5', 'test_batch'])
        writeFileSync(path.join(folder, `${name}.bin`), record);
      writeFileSync(path.join(folder, 'batches.meta.txt'), 'x\n'.repeat(5e6));
      experiment(folder, { name: 'cifar-10', path: '.', train: 2, validation: 1, test: 1 });
    },
  },
  {
    name: 'npy-pipe',
    hostile: 'a pipe in the place of a NumPy file: reading it would wait for ever',
    code: 'data/unreadable',
    by: 'data',
    make: (folder) => {
      samples(folder);
      execFileSync('mkfifo', [path.join(folder, 'pipe')]);
      experiment(folder, npy({ testLabels: 'pipe' }));
    },
  },
  {
    name: 'png-claim',
    hostile: 'a PNG file of 33 bytes that claims 10⁵ × 10⁵ pixels',
    code: 'data/image-too-large',
    by: 'data',
    make: (folder) => {
      const png = pngHeader(100_000, 100_000);
      classes(folder, Object.fromEntries(['a/1.png', 'a/2.png', 'a/3.png', 'b/1.png', 'b/2.png', 'b/3.png'].map((name) => [name, png])));
      experiment(folder, images());
    },
  },
  {
    name: 'many-images',
    hostile: '10⁴ images, which scaled would take gigabytes',
    code: 'data/too-large',
    by: 'data',
    make: (folder) => {
      classes(folder, Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`${i % 2}/${i}.png`, Buffer.alloc(0)])));
      experiment(folder, images({ size: 512 }));
    },
  },
  {
    name: 'link-loop',
    hostile: 'class folders that are links to the folder above and to themselves',
    code: 'data/empty-class',
    by: 'data',
    make: (folder) => {
      mkdirSync(path.join(folder, 'classes'));
      symlinkSync('.', path.join(folder, 'classes', 'again'));
      symlinkSync('round', path.join(folder, 'classes', 'round'));
      mkdirSync(path.join(folder, 'classes', 'b'));
      experiment(folder, images());
    },
  },
];

/** A saved model that is good but for this change. */
const described = (name: string, hostile: string, code: string | null, change: Parameters<typeof model>[1]): Case => ({
  name,
  hostile,
  code,
  by: describeModel,
  make: (folder) => model(folder, change),
});

const MODELS: Case[] = [
  described('layer-name', 'a layer called ../../x, whose mask would be a file of that name', null, (m) => {
    m.modelTopology.config.layers[0]!.config.name = '../../x';
    m.weightsManifest[0]!.weights[0]!.name = '../../x/kernel';
  }),
  described(
    'layer-escapes',
    'a class of layer whose name clears the terminal and hides what follows',
    'model/unsupported-layer',
    (m) => (m.modelTopology.config.layers[0]!.class_name = '\u001b[2J\u001b[8m\u009b1;1H\rDense'),
  ),
  described(
    'layer-link',
    'a class of layer whose name is a link that runs a command of the editor',
    'model/unsupported-layer',
    (m) => (m.modelTopology.config.layers[0]!.class_name = '[press here](command:workbench.action.quit)'),
  ),
  described(
    'weights-claim',
    'weights that are said to take 4 TB',
    'model/shard-size',
    (m) => (m.weightsManifest[0]!.weights[0]!.shape = [1_048_576, 1_048_576]),
  ),
  described('weights-again', 'a weight file that is listed 1000 times', 'model/shard-twice', (m) => {
    m.weightsManifest[0]!.paths = Array.from({ length: 1000 }, () => 'weights.bin');
    m.weightsManifest[0]!.weights[0]!.shape = [4000, 3];
  }),
  described(
    'weights-outside',
    'a weight file outside of the folder of the model',
    'model/shard-outside',
    (m) => (m.weightsManifest[0]!.paths = ['../outside/weights.bin']),
  ),
  described('many-channels', 'an input of 2⁴⁰ numbers behind a batch norm that has no weights in the file', 'model/weight-missing', (m) => {
    const [first] = m.modelTopology.config.layers;
    first!.class_name = 'BatchNormalization';
    first!.config = { name: 'dense', batch_input_shape: [null, 2 ** 40], scale: false, center: false };
  }),
  {
    name: 'many-layers',
    hostile: 'a million layers',
    code: 'model/too-large',
    by: describeModel,
    make: (folder) => {
      const { modelTopology, weightsManifest } = denseModel();
      const layers = `[${'{"class_name":"ReLU","config":{}},'.repeat(999_999)}{}]`;
      const topology = { ...modelTopology, config: { ...modelTopology.config, layers: 'LAYERS' } };
      writeFileSync(
        path.join(folder, 'model.json'),
        JSON.stringify({ modelTopology: topology, weightsManifest }).replace('"LAYERS"', layers),
      );
    },
  },
  described('cycle', 'two layers that read each other', 'model/unconnected', (m) => {
    const layer = (name: string, from: string) => ({ class_name: 'ReLU', name, config: { name }, inbound_nodes: [[[from, 0, 0, {}]]] });
    const config = { name: 'm', layers: [layer('a', 'b'), layer('b', 'a')], input_layers: [['a', 0, 0]], output_layers: [['b', 0, 0]] };
    Object.assign(m.modelTopology, { class_name: 'Functional', config });
  }),
  described(
    'unknown-layer',
    'a layer that runs code (Lambda)',
    'model/unsupported-layer',
    (m) => (m.modelTopology.config.layers[0]!.class_name = 'Lambda'),
  ),
  {
    name: 'model-deep',
    hostile: 'lists nested 10⁵ levels deep in a setting of a layer',
    code: 'model/malformed',
    by: describeModel,
    make: (folder) => {
      const made = denseModel();
      Object.assign(made.modelTopology.config.layers[0]!.config, { use_bias: 'DEEP' });
      writeFileSync(path.join(folder, 'model.json'), JSON.stringify(made).replace('"DEEP"', '['.repeat(1e5) + ']'.repeat(1e5)));
    },
  },
];

const text = (name: string, hostile: string, code: string, content: string): Case => ({
  name,
  hostile,
  code,
  by: check,
  make: (folder) => writeFileSync(path.join(folder, 'x.prune.json'), content),
});
const digitsText = json({ data: digits, train });

const CONFIGS: Case[] = [
  text('config-deep', 'objects nested 10⁵ levels deep', 'config/syntax', '{"a":'.repeat(1e5)),
  text('config-long', 'a string of 10 MB', 'config/too-large', json({ name: 'x'.repeat(1e7), data: digits, train })),
  text(
    'config-twice',
    'a key that is written twice, of which readers take either',
    'config/duplicate-key',
    digitsText.replace('{', '{ "data": { "name": "digits" },'),
  ),
  text(
    'config-proto',
    'a key __proto__, by which objects are changed',
    'config/unknown-key',
    digitsText.replace('{', '{ "__proto__": { "seed": 7 },'),
  ),
  text(
    'config-regexp',
    'a key that as a regular expression would take for ever',
    'config/unknown-key',
    digitsText.replace('{', `{ "(a+)+$": "${'a'.repeat(50)}!",`),
  ),
  text(
    'config-escapes',
    'a key that clears the terminal',
    'config/unknown-key',
    digitsText.replace('{', '{ "\\u001b[2J\\u001b]0;owned\\u0007": 1,'),
  ),
  text(
    'config-infinite',
    'a number beyond what numbers can be',
    'config/wrong-type',
    json({ data: digits, train: { ...train, learningRate: 'X' } }).replace('"X"', '1e999'),
  ),
];

const report = () => lenetReport();
const RUNS: Case[] = [
  {
    name: 'run-schema',
    hostile: 'a run of another version of the records',
    code: 'store/damaged',
    by: show,
    make: (folder) => run(folder, { ...runRecord(), schema: 2 }),
  },
  {
    name: 'run-escapes',
    hostile: 'a run whose name clears the terminal and turns the direction of writing',
    code: null,
    by: { terminal: ['runs'] },
    make: (folder) => run(folder, sealed(runRecord({ id: '\u001b[2J\u202eeno', state: 'failed' }))),
  },
  {
    name: 'run-deep',
    hostile: 'lists nested 10⁵ levels deep in the record of a run',
    code: 'store/damaged',
    by: show,
    make: (folder) => {
      run(folder, runRecord());
      writeFileSync(path.join(folder, RUN, 'run.json'), `{"schema":1,"digest":"x","more":${'['.repeat(1e5)}${']'.repeat(1e5)}}`);
    },
  },
  {
    name: 'report-digest',
    hostile: 'a report of which a number was changed, and not the digest',
    code: 'store/damaged',
    by: show,
    make: (folder) => run(folder, sealed(runRecord()), json(sealed(report())).replace('"errorCount": 198', '"errorCount": 19')),
  },
  {
    name: 'report-forged',
    hostile: 'a report with its digest made right, whose map claims more pixels than it has',
    code: 'store/damaged',
    by: show,
    make: (folder) =>
      run(folder, sealed(runRecord()), json(sealed({ ...report(), heatmap: { ...report().heatmap!, width: 2 ** 40, height: 2 ** 40 } }))),
  },
  {
    name: 'report-names',
    hostile: 'a report whose names are HTML and sequences for a terminal',
    code: null,
    by: show,
    make: (folder) => {
      const name = '<img src=x onerror=alert(1)>\u001b[2J';
      const made = report();
      const [first, ...rest] = made.layers;
      run(folder, sealed(runRecord()), json(sealed({ ...made, name, layers: [{ ...first!, name }, ...rest], heatmap: null })));
    },
  },
  {
    name: 'run-pipe',
    hostile: 'a pipe in the place of the record of a run',
    code: 'store/damaged',
    by: show,
    make: (folder) => {
      mkdirSync(path.join(folder, RUN), { recursive: true });
      execFileSync('mkfifo', [path.join(folder, RUN, 'run.json')]);
    },
  },
];

const archive = (name: string, hostile: string, make: (file: string) => void): Case => ({
  name,
  hostile: `an archive with ${hostile}`,
  code: 'setup/bad-archive',
  by: 'archive',
  make: (folder) => make(path.join(folder, 'archive')),
});
const tar =
  (...entries: Parameters<typeof tarGz>[0]) =>
  (file: string) =>
    writeFileSync(file, tarGz(entries));
const zip =
  (...entries: Parameters<typeof tarGz>[0]) =>
  (file: string) =>
    writeZip(file, entries);
const evil = (name: string) => ({ name, data: 'x' });

const ARCHIVES: Case[] = [
  archive('tar-up', 'an entry ../evil (tar)', tar(evil('../evil'))),
  archive('zip-up', 'an entry ../evil (zip)', zip(evil('../evil'))),
  archive('tar-absolute', 'an entry /tmp/evil (tar)', tar(evil('/tmp/evil'))),
  archive('zip-absolute', 'an entry /tmp/evil (zip)', zip(evil('/tmp/evil'))),
  archive('tar-link-up', 'a link to the folder above', tar({ name: 'link', data: '', link: '..' })),
  archive('tar-link-absolute', 'a link to /etc/passwd', tar({ name: 'link', data: '', link: '/etc/passwd' })),
  archive('tar-link-inside', 'a link through a folder', tar(evil('a/b'), { name: 'link', data: '', link: 'a/b' })),
  archive('tar-claim', 'a file that claims 8 GB (tar)', (file) => writeFileSync(file, tarWithSize(8 * 2 ** 30))),
  archive('zip-claim', 'a file that claims 4 GB (zip)', zipWithSize),
  archive('tar-many', '1001 entries where 1000 are allowed (tar)', tar(...Array.from({ length: 1001 }, (_, i) => evil(`${i}`)))),
  archive('zip-many', '1001 entries where 1000 are allowed (zip)', zip(...Array.from({ length: 1001 }, (_, i) => evil(`${i}`)))),
];

export const CASES: readonly Case[] = [...PATHS, ...DATA, ...MODELS, ...CONFIGS, ...RUNS, ...ARCHIVES];
