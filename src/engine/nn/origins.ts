import { channelSites, readersOf, type Graph, type Node, sources } from './graph';
import { passedOn } from './passing';
import { shapes } from './shapes';

/** Who made a channel: a convolution or dense layer, the input, or what padded it with zeros. */
export interface Producer {
  layer: string;
  stage: number;
}

export interface SiteOrigins {
  /** Of the channel site. */
  layer: string;
  stage: number;
  transition: boolean;
  /** For each channel of the site. */
  producers: readonly Producer[];
}

/**
 * Where the channels of each channel site come from. Stages count from 1. They are those that the names say (`stage2_...`, `block2_...`:
 * a layer without one belongs to the latest stage that it reads); where no name does, each stride above 1 starts a new stage. A transition
 * is the batch norm before a convolution that shrinks what a dense block gives. A sum's channels are attributed to its first term.
 */
export function channelOrigins(graph: Graph): SiteOrigins[] {
  const stageOf = stages(graph);
  const made = producersOf(graph, stageOf);
  const readers = readersOf(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.name, node]));
  return channelSites(graph).map(({ name }) => ({
    layer: name,
    stage: stageOf.get(name)!,
    transition: isTransition(nodes.get(name)!, nodes, readers),
    producers: made.get(name)!,
  }));
}

const NAMED_STAGE = /^(?:stage|block)(\d+)_/;

function stages(graph: Graph): Map<string, number> {
  const stageOf = new Map<string, number>();
  const named = graph.nodes.some(({ name }) => NAMED_STAGE.test(name));
  for (const node of graph.nodes) {
    const own = NAMED_STAGE.exec(node.name)?.[1];
    const before = Math.max(1, ...sources(node).map((name) => stageOf.get(name)!));
    stageOf.set(node.name, own !== undefined ? Number(own) : before + (!named && isStrided(node) ? 1 : 0));
  }
  return stageOf;
}

const isStrided = (node: Node) => 'strides' in node && node.strides.some((stride) => stride > 1);

/** For every node's output who made each channel. */
function producersOf(graph: Graph, stageOf: ReadonlyMap<string, number>): Map<string, readonly Producer[]> {
  const shapeOf = shapes(graph);
  const made = new Map<string, readonly Producer[]>();
  const zeros = new Set<Producer>();
  for (const node of graph.nodes) {
    const self: Producer = { layer: node.name, stage: stageOf.get(node.name)! };
    const from = sources(node).map((name) => made.get(name)!);
    const width = shapeOf.get(node.name)!.at(-1)!;
    const producers = (): readonly Producer[] => {
      switch (node.op) {
        case 'input':
        case 'dense':
        case 'conv':
          return Array.from({ length: width }, () => self);
        case 'add':
          return from[0]!.map((producer, i) => from.map((term) => term[i]!).find((term) => !zeros.has(term)) ?? producer);
        default:
          if (node.op === 'pad-channels') zeros.add(self);
          return passedOn(node, from, width, () => self);
      }
    };
    made.set(node.name, producers());
  }
  return made;
}

/** concat → batch norm → ReLU → convolution → pool with a stride; channels may be selected in between. */
function isTransition(site: Node, nodes: ReadonlyMap<string, Node>, readers: ReadonlyMap<string, readonly Node[]>): boolean {
  if (site.op !== 'batch-norm') return false;
  let source = nodes.get(site.from)!;
  while (source.op === 'select') source = nodes.get(source.from)!;
  if (source.op !== 'concat') return false;
  let at: readonly Node[] = readers.get(site.name)!;
  while (at.length === 1 && (at[0]!.op === 'relu' || at[0]!.op === 'select')) at = readers.get(at[0].name)!;
  return at.some(({ op, name }) => op === 'conv' && readers.get(name)!.some((node) => node.op.endsWith('pool') && isStrided(node)));
}
