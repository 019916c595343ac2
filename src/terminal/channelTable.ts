/** The channels that are left, layer by layer; of structured lasso with how well each layer's problem is solved. */
import { channelGroups } from '../shared/left';
import { percent, type Channels, type Report } from '../shared/report';
import { integer } from '../shared/text';
import { table, type Column, type Colours } from './text';

/** More layers than this are told stage by stage. */
export const MOST_LISTED = 24;

export function channelsText({ channels, lasso }: Report, c: Colours): string[] {
  if (!channels) return [];
  const numbers = ['channels', 'kept', 'kept %'].map((title) => ({ title, align: 'right' }) as const);
  const last = [integer(channels.total), integer(channels.kept), percent(channels.kept / channels.total)];
  if (channels.layers.length > MOST_LISTED) {
    const columns: Column[] = [{ title: 'channels of' }, { title: 'layers', align: 'right' }, ...numbers];
    return table(columns, [...grouped(channels), ['total', String(channels.layers.length), ...last]], c);
  }
  const residuals = new Map(lasso?.layers.map(({ layer, residual }) => [layer, residual.toExponential(1)]));
  const rows = channels.layers.map((row) => [
    row.layer,
    `${row.stage}${row.transition ? ', transition' : ''}`,
    ...[integer(row.total), integer(row.kept), percent(row.keptFraction)],
    ...(lasso ? [residuals.get(row.layer) ?? 'not cut'] : []),
  ]);
  const solved: Column[] = lasso ? [{ title: 'residual', align: 'right' }] : [];
  const total = ['total', '', ...last, ...(lasso ? [''] : [])];
  return table([{ title: 'channels of' }, { title: 'stage' }, ...numbers, ...solved], [...rows, total], c);
}

function grouped({ layers }: Channels): string[][] {
  return channelGroups(layers).map(({ name, transition, layers: n, total, kept, fraction }) => [
    transition ? `${name} (transition)` : name,
    String(n),
    ...[integer(total), integer(kept), percent(fraction)],
  ]);
}
