/** The terminal client: finds the command, answers with an exit code, never with a stack trace. */
import { PACKAGE_VERSION } from '../shared/version';
import { check } from './commands/check';
import { data } from './commands/data';
import { describe } from './commands/describe';
import { doctor } from './commands/doctor';
import { resume } from './commands/resume';
import { run } from './commands/run';
import { runs } from './commands/runs';
import { setup } from './commands/setup';
import { show } from './commands/show';
import { terminalErrors } from './errors';
import { COMMAND_HELP, HELP } from './help';
import { print, printError, printJson, write } from './io';

const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  run,
  resume,
  check,
  describe,
  show,
  runs,
  data,
  setup,
  doctor,
};

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    write(HELP, process.stderr);
    return 2;
  }
  if (name === '--version' || name === '-v') {
    print(PACKAGE_VERSION);
    return 0;
  }
  const asksHelp = (argument: string | undefined) => argument === '--help' || argument === '-h';
  if (asksHelp(name) || name === 'help') {
    write(COMMAND_HELP[rest[0] ?? ''] ?? HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw terminalErrors.unknownCommand(name, Object.keys(COMMANDS));
  if (rest.some(asksHelp)) {
    write(COMMAND_HELP[name]!);
    return 0;
  }
  return command(rest);
}

const DISK: ReadonlySet<string> = new Set(['store/cannot-write', 'store/disk-full', 'store/gone']);

/** 2 where the input is to blame: arguments, files, folders. */
function exitCodeOf(code: string): number {
  const [room] = code.split('/');
  const isInput = room === 'terminal' || room === 'config' || room === 'model' || (room === 'store' && !DISK.has(code));
  return isInput ? 2 : 1;
}

// A reader that has seen enough (`| head`) is no reason to fail.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

function fail(error: unknown): void {
  const failure = printError(error);
  if (process.argv.includes('--json')) printJson({ type: 'error', failure });
  process.exitCode = exitCodeOf(failure.code);
}

process.on('uncaughtException', (error) => {
  fail(error);
  process.exit();
});

main(process.argv.slice(2)).then((code) => (process.exitCode = code), fail);
