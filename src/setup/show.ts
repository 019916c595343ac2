/** Shows set-up's progress on a terminal: one line that moves; elsewhere a line a step. */
import type { OnProgress, SetupProgress } from './progress';

const WORDS: Record<SetupProgress['step'], string> = {
  wait: 'Waiting: the kernels are being provided by',
  probe: 'Asking',
  download: 'Downloading',
  check: 'Checking the digest of',
  unpack: 'Unpacking',
  compile: 'Compiling the native addon with',
  load: 'Loading',
  install: 'Installing into',
};

export interface Shown {
  progress: OnProgress;
  /** Ends the moving line. */
  stop: () => void;
}

export function showProgress(stream: NodeJS.WriteStream): Shown {
  let last = '';
  let moving = false;
  const stop = () => {
    if (moving) stream.write('\n');
    moving = false;
  };
  const progress: OnProgress = ({ step, detail, done, total }) => {
    const title = `${WORDS[step]} ${detail}`;
    if (!stream.isTTY) {
      if (title !== last) stream.write(`${title}${total ? ` (${megabytes(total)})` : ''}\n`);
      last = title;
      return;
    }
    const line = `${title}${done === undefined ? '' : total ? ` ${Math.floor((100 * done) / total)}% of ${megabytes(total)}` : ` ${megabytes(done)}`}`;
    if (line === last) return;
    if (moving && !last.startsWith(title)) stop();
    stream.write(`\r\x1b[K${line.slice(0, Math.max(20, stream.columns - 1))}`);
    last = line;
    moving = true;
  };
  return { progress, stop };
}

const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
