/** Arguments of one command: node's own parser, with its complaints in our words. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { terminalErrors } from './errors';

type Options = NonNullable<ParseArgsConfig['options']>;

export interface Command<O extends Options> {
  /** As the help shows it: `prune-lab run FILE [--out DIR] ...`. */
  usage: string;
  /** Names of the arguments without a dash; all are required. */
  positionals: readonly string[];
  options: O;
}

export function parse<const O extends Options>(command: Command<O>, argv: readonly string[]) {
  const name = command.usage.split(' ')[1]!;
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: command.options, allowPositionals: true, strict: true });
    const missing = command.positionals[positionals.length];
    if (missing) throw terminalErrors.badArguments(command.usage, `${missing} is missing.`);
    const extra = positionals[command.positionals.length];
    if (extra !== undefined) throw terminalErrors.badArguments(command.usage, `\`${extra}\` is one argument too many.`);
    return { values, positionals };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const option = /'(-[^' ]*)/.exec((error as Error).message)?.[1] ?? 'that';
      throw terminalErrors.unknownOption(
        option,
        name,
        Object.keys(command.options).map((o) => `--${o}`),
      );
    }
    if (code?.startsWith('ERR_PARSE_ARGS'))
      throw terminalErrors.badArguments(command.usage, (error as Error).message.split('. ')[0]! + '.');
    throw error;
  }
}

/** A whole number of at least `least`, from an option's text. */
export function wholeNumber(command: { usage: string }, option: string, text: string, least: number, most: number): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < least || n > most) {
    throw terminalErrors.badArguments(command.usage, `--${option} takes a whole number from ${least} to ${most}, not \`${text}\`.`);
  }
  return n;
}
