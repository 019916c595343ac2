/** The program that interrupt.test.ts starts, interrupts and kills: provides kernels as the terminal does, telling each step. */
import { provideKernels, type ProvideOptions } from '../../../src/setup/provide';

const { sources, nativeSources } = JSON.parse(process.argv[2]!) as Pick<ProvideOptions, 'sources' | 'nativeSources'>;
const abort = new AbortController();
process.on('SIGINT', () => abort.abort(new Error('interrupted')));

let last = '';
const progress: ProvideOptions['progress'] = ({ step, detail }) => {
  if (step !== last) process.stdout.write(`${step} ${detail}\n`);
  last = step;
};
provideKernels({ sources, nativeSources, progress, signal: abort.signal }).then(
  ({ folder }) => process.stdout.write(`there ${folder}\n`),
  (error: Error) => {
    process.stdout.write(`failed ${error.message}\n`);
    process.exitCode = 1;
  },
);
