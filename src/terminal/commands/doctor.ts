/** `prune-lab doctor`: what is installed, and whether the kernels compute what they should. */
import { availableParallelism } from 'node:os';
import { probeEngine } from '../../client/run';
import { DEVICE_WORDS } from '../../shared/device';
import type { Probe } from '../../shared/protocol';
import { parse } from '../args';
import { colours, print, printJson } from '../io';
import { requireKernels } from '../kernels';
import { figures, table, type Colours } from '../text';

const command = {
  usage: 'prune-lab doctor [--gpu] [--json]',
  positionals: [],
  options: { gpu: { type: 'boolean' }, json: { type: 'boolean' } },
} as const;

export async function doctor(argv: readonly string[]): Promise<number> {
  const { values } = parse(command, argv);
  const device = values.gpu ? 'gpu' : 'cpu';
  requireKernels(device);
  const probe = await probeEngine({ threads: availableParallelism(), device });
  if (values.json) printJson({ type: 'probe', probe });
  else print(probeText(probe, colours));
  return probe.checks.length > 0 && probe.checks.every((check) => check.ok) ? 0 : 1;
}

export function probeText({ versions, kernels, checks, startMs }: Probe, c: Colours): string {
  const facts = [
    ['Prune Lab', versions.pruneLab],
    ['Node', versions.node],
    ['TensorFlow.js', versions.tfjs],
    ['TensorFlow', versions.tensorflow],
    ['platform', `${versions.platform}, ${versions.cpu}`],
    ['kernels', `${kernels.source}, from ${kernels.from}`],
    ['', kernels.folder],
    ['device', DEVICE_WORDS[versions.device ?? 'cpu']],
    ['oneDNN', versions.oneDNN ? 'on' : 'off'],
    ['threads', String(versions.threads)],
    ['start', `${Math.round(startMs)} ms`],
  ];
  const rows = checks.map((check) => [check.name, figures(check.maxAbsDiff), check.ok ? 'ok' : 'failed']);
  const columns = [
    { title: 'check against a value worked out by hand' },
    { title: 'largest difference', align: 'right' },
    { title: 'result' },
  ] as const;
  const failed = checks.filter((check) => !check.ok);
  return [
    ...facts.map(([name, value]) => `${name!.padEnd(15)}${value}`),
    '',
    ...table(columns, rows, c),
    ...(failed.length
      ? [
          '',
          c.red(
            `${failed.map((check) => check.name).join(', ')}: the kernels compute wrongly here. Provide them anew with \`prune-lab setup\`.`,
          ),
        ]
      : []),
  ].join('\n');
}
