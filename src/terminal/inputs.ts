/** What a run that selected inputs has to tell beside its stages: which pixels stay, and what that saves over cutting weights alone. */
import { inputNotes, savings } from '../shared/inputs';
import { percent, type Report } from '../shared/report';
import { integer } from '../shared/text';
import { heatmap, RAMP } from './heatmap';
import { figures, short, table, wrap, type Column, type Colours } from './text';

export function savingsText(report: Report, c: Colours): string[] {
  const { inputs } = report;
  const networks = savings(report);
  if (!inputs || !networks) return [];
  const [dense] = networks as [(typeof networks)[number]];
  const columns: Column[] = [
    { title: 'network' },
    ...['params', 'of dense', 'MACs', 'of dense'].map((title) => ({ title, align: 'right' }) as const),
  ];
  const rows = networks.map(({ name, params, macs }) => [
    name,
    ...[integer(params), percent(params / dense.params), short(macs), percent(macs / dense.macs)],
  ]);
  return [
    `Inputs kept: ${integer(inputs.kept)} of ${integer(inputs.total)} (${percent(inputs.kept / inputs.total)}), ${figures(inputs.total / inputs.kept)}× fewer.`,
    ...inputNotes(inputs).flatMap((note) => wrap(note, '    ')),
    '',
    ...table(columns, rows, c),
    '',
    ...wrap('weights cut: the compact network if it still read whole samples; what the row below saves is owed to the inputs.', '    '),
  ];
}

/** Images of more pixels across than a line has characters are not drawn. */
const WIDEST = 98;

/** Which pixels stay, as characters. */
export function inputMapText({ inputs }: Report, c: Colours): string[] {
  const map = inputs?.map;
  if (!map || map.width > WIDEST) return [];
  const channels = inputs.shape[2] ?? 1;
  const counted = () =>
    Array.from({ length: channels + 1 }, (_, n) => `${n} as "${heatmap({ width: 1, height: 1, counts: [n] }, channels)[1]![1]}"`).join(
      ', ',
    );
  const title =
    channels === 1
      ? `Pixels kept, as "${RAMP.at(-1)}"`
      : `Channels kept of each pixel${channels < RAMP.length ? `: ${counted()}` : `, 0 to ${channels} as "${RAMP}"`}`;
  return [c.dim(title), ...heatmap(map, channels)];
}
