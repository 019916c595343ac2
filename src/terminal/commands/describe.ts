/** `prune-lab describe MODEL`: layers, couplings and counts of a network, before anything is trained. */
import type { Graph } from '../../engine/nn/graph';
import { countGraph, countNode } from '../../engine/nn/count';
import { groups, type Group } from '../../engine/nn/groups';
import { shapes } from '../../engine/nn/shapes';
import { parse } from '../args';
import { DESCRIBE, namedGraph } from '../describedGraph';
import { colours, print, printJson } from '../io';
import { integer, plural } from '../../shared/text';
import { table, wrap } from '../text';

export async function describe(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(DESCRIBE, argv);
  const graph = await namedGraph(positionals[0]!, values);
  const described = describeGraph(graph);
  if (values.json) printJson({ type: 'network', ...described });
  else print(networkText(described));
  return 0;
}

type Described = ReturnType<typeof describeGraph>;

function describeGraph(graph: Graph) {
  const shapeOf = shapes(graph);
  return {
    name: graph.name,
    description: graph.description,
    ...countGraph(graph),
    layers: graph.nodes.map((node) => {
      const shape = shapeOf.get(node.name)!;
      return { name: node.name, op: node.op, shape, ...countNode(node, shape) };
    }),
    groups: groups(graph).map(summary),
  };
}

/** Who gives and who reads the channels of a group. */
function summary({ channels, members }: Group) {
  const layers = (side: 'in' | 'out') => members.filter((member) => member.side === side).map(({ layer }) => layer);
  return { channels, from: layers('out'), to: layers('in') };
}

function networkText({ name, description, layers, groups: coupled, channels, params, macs }: Described): string {
  const right = (title: string) => ({ title, align: 'right' as const });
  const number = (n: number) => (n === 0 ? '' : integer(n));
  return [
    `${colours.bold(name)}: ${description}`,
    '',
    ...table(
      [{ title: 'layer' }, { title: 'op' }, right('output'), right('params'), right('MACs')],
      layers.map((layer) => [layer.name, layer.op, layer.shape.join('×'), number(layer.params), number(layer.macs)]),
      colours,
    ),
    '',
    colours.bold('coupled channels'),
    ...coupled.flatMap((group) => wrap(`${integer(group.channels)} of ${listed(group.from)}, read by ${listed(group.to)}`)),
    '',
    `${plural(params, 'parameter')}, ${plural(macs, 'multiply-accumulate')} a sample; ${plural(channels, 'channel')} that can be pruned`,
  ].join('\n');
}

/** Names, shortened where there are many. */
function listed(names: readonly string[]): string {
  const shown = names.length > 6 ? [...names.slice(0, 3), `… (${names.length} in all)`, names.at(-1)!] : names;
  return shown.join(', ') || 'nothing';
}
