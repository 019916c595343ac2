/** Starts the engine's child process. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CHANNEL_ARGUMENT } from '../shared/lines';
import { Engine } from './connection';
import { engineEnv, type EngineSettings } from './env';
import { clientErrors } from './errors';

export interface EngineOptions extends EngineSettings {
  /** Default: engine.js beside the program that this is bundled into. */
  engineFile?: string | undefined;
  /** The Node program; default: the one that runs this. */
  execPath?: string | undefined;
  /** Loading the kernels takes about a second, from a cold disk many. */
  startTimeoutMs?: number | undefined;
}

/**
 * Starts a child and waits until it is ready: a race of its first message, its exit, its failure to start, and the time.
 * Whoever calls this disposes the engine in a `finally`. Throws client/no-engine, client/cannot-start, client/start-timeout,
 * client/bad-message, client/engine-died, or what the child said (kernels missing, for example).
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const engineFile = options.engineFile ?? join(__dirname, 'engine.js');
  if (!existsSync(engineFile)) throw clientErrors.noEngine(engineFile);
  const child = spawn(options.execPath ?? process.execPath, [engineFile, CHANNEL_ARGUMENT], {
    env: engineEnv(options),
    // The last is the channel (shared/lines.ts).
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C on the terminal is for the client, which asks the child to stop at a good point.
    detached: process.platform !== 'win32',
  });
  const engine = new Engine(child);
  const timeout = options.startTimeoutMs ?? 60_000;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(clientErrors.startTimeout(timeout, engine.output)), timeout);
  });
  try {
    await Promise.race([engine.started, late]);
    return engine;
  } catch (error) {
    engine.kill();
    await engine.dispose();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
