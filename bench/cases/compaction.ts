/**
 * Compaction of a CIFAR network that has lost 60% of each layer's channels: from masks to the smaller network (narrow) and on to its form for
 * inference, with batch norms folded. Each round tells how many parameters the smaller network has.
 *
 * node compaction.js densenet-40|resnet-164|vgg-16|preresnet-20
 */
import { inferenceForm } from '../../src/engine/compact/inference';
import { narrow, type Narrowed } from '../../src/engine/compact/narrow';
import { countGraph } from '../../src/engine/nn/count';
import { cutAtRandom } from '../shared/cut';
import { graphOf } from '../shared/samples';
import { serve } from '../shared/serve';

async function main(): Promise<void> {
  const [name = 'vgg-16'] = process.argv.slice(2);
  const graph = graphOf(name);
  const values = cutAtRandom(graph, 0.4);
  let narrowed: Narrowed | undefined;
  const once = () => {
    narrowed = narrow(graph, values);
    inferenceForm(narrowed.graph, narrowed.values);
  };
  await serve(once, { more: () => ({ same: [countGraph(narrowed!.graph).params] }) });
}

void main();
