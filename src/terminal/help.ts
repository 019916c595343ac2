/** The help texts; one usage line a command is also what its errors quote. */
import { RUNS_FOLDER } from '../shared/ids';

export const HELP = `Prune Lab: prune neural networks from experiment files.

Usage: prune-lab COMMAND [ARGUMENTS]

  run FILE          train, prune, compact, fine-tune and report what an experiment file describes
  resume RUN        continue a run that was cancelled or interrupted, or that failed
  check FILE        report what is wrong with an experiment file, by line and column
  describe MODEL    print a network's layers, coupled channels and counts
  show RUN          print a run's tables and heatmap
  runs              list the runs in ${RUNS_FOLDER}
  data list         list the data sets and where they were found
  data get NAME     download a data set into the user's cache
  setup             provide the native kernels
  doctor            print versions and check the kernels against values worked out by hand

RUN is a run's folder, its id, or \`last\`. \`prune-lab COMMAND --help\` tells more; --version prints the version.
Exit codes: 0 done, 1 failed, 2 bad input, 130 cancelled.
`;

const JSON_OPTION = '  --json           one JSON object a line on stdout, nothing else';

export const COMMAND_HELP: Readonly<Record<string, string>> = {
  run: `Usage: prune-lab run FILE [--out DIR] [--seed N] [--set KEY=VALUE]... [--parallel N] [--json]

Runs the experiment of FILE (*.prune.json): one run, or one for each combination of its \`sweep\` and \`seeds\`,
with a table of comparison at the end. Ctrl-C stops within one batch and leaves a run that can be resumed.

  --out DIR        the run's folder, absent or empty; of several runs, the folder of their folders
                   (default: a new folder in ${RUNS_FOLDER})
  --seed N         seed of the random streams, in place of the file's
  --set KEY=VALUE  another value for a dotted key, for example --set prune.keep=0.02; may be repeated
  --parallel N     runs at a time (default: as many as there are cores, and memory for)
${JSON_OPTION}
`,
  resume: `Usage: prune-lab resume RUN [--json]

Continues a run from its last checkpoint; one that has none starts anew in its folder.

${JSON_OPTION}
`,
  check: `Usage: prune-lab check FILE [--seed N] [--set KEY=VALUE]... [--json]

Reads an experiment file and reports what is wrong with it. Nothing is run.

${JSON_OPTION}
`,
  describe: `Usage: prune-lab describe MODEL [--set KEY=VALUE]... [--image H,W,C] [--classes N] [--json]

Prints the layers of a network, which channels belong together, and how many channels, parameters and
multiply-accumulates it has. MODEL is a model as experiment files name it, with its depth where it takes one
(resnet-164, densenet-40, vgg-16, resnet-32, preresnet-29), an experiment file, or the model.json of a saved model.

  --set KEY=VALUE  an option of the model, for example --set growth=12 (of a file: a dotted key, as for \`run\`)
  --image H,W,C    shape of the samples (default: 32,32,3; 28,28,1 for lenet and mlp; a file's own)
  --classes N      classes (default: 10; a file's own)
${JSON_OPTION}
`,
  show: `Usage: prune-lab show RUN [--json]

Prints the tables of a finished run, or how far an unfinished one came.

  --json           the run's record and report as one JSON object
`,
  runs: `Usage: prune-lab runs [--json]

Lists the runs in ${RUNS_FOLDER}, newest first.

${JSON_OPTION}
`,
  data: `Usage: prune-lab data list [--json]
       prune-lab data get NAME

list tells which data sets there are and where each was found; get downloads one into the user's cache, checks
its digests, and continues a download that was interrupted.
`,
  setup: `Usage: prune-lab setup [--gpu] [--force]

Provides the native kernels in the user's cache. Does nothing when they are there.

  --gpu            those that compute on an NVIDIA card (2.1 GB to download, 3.6 GB on the disk)
  --force          provide them anew
`,
  doctor: `Usage: prune-lab doctor [--gpu] [--json]

Prints versions, where the kernels came from, threads, and what the kernels computed against values worked out by
hand. Exit code 1 where a check failed.
`,
};
