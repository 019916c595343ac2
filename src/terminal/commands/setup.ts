/** `prune-lab setup`: provides the native kernels. */
import { provideKernels } from '../../setup/provide';
import { showProgress } from '../../setup/show';
import { parse } from '../args';
import { print, write } from '../io';
import { onInterrupt } from '../interrupt';

const command = {
  usage: 'prune-lab setup [--gpu] [--force]',
  positionals: [],
  options: { gpu: { type: 'boolean' }, force: { type: 'boolean' } },
} as const;

export async function setup(argv: readonly string[]): Promise<number> {
  const { values } = parse(command, argv);
  const shown = showProgress(process.stderr);
  const interrupt = onInterrupt(shown.stop);
  try {
    const { folder, source, tensorflow } = await provideKernels({
      progress: shown.progress,
      signal: interrupt.signal,
      force: values.force ?? false,
      device: values.gpu ? 'gpu' : 'cpu',
    });
    shown.stop();
    print(`Native kernels: TensorFlow ${tensorflow} (${source}), ${folder}`);
    return 0;
  } catch (error) {
    shown.stop();
    if (!interrupt.signal.aborted) throw error;
    write('Interrupted; nothing half-made is left behind.\n', process.stderr);
    return 130;
  } finally {
    await interrupt.dispose();
  }
}
