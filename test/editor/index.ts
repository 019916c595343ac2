/** The extension host calls run(): every file of this folder under mocha, and what came of it in a file for the program that started it. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';

export async function run(): Promise<void> {
  const mocha = new Mocha({ timeout: 20_000, reporter: 'min', ...(process.env['GREP'] && { grep: process.env['GREP'] }) });
  for (const file of readdirSync(__dirname).sort()) if (file.endsWith('.test.js')) mocha.addFile(join(__dirname, file));
  const tests: { title: string; ms: number; error: string | null }[] = [];
  const failures = await new Promise<number>((resolve) => {
    const runner = mocha.run(resolve);
    const tell = (finished: boolean) => {
      const file = process.env['PRUNE_LAB_TEST_RESULTS'];
      if (file) writeFileSync(file, JSON.stringify({ tests, finished }));
    };
    runner.on('pass', (test) => tests.push({ title: test.fullTitle(), ms: test.duration ?? 0, error: null }));
    runner.on('fail', (test, error: Error) =>
      tests.push({ title: test.fullTitle(), ms: test.duration ?? 0, error: error.stack ?? error.message }),
    );
    runner.on('test end', () => tell(false));
    runner.on('end', () => tell(true));
  });
  if (failures > 0) throw new Error(`${failures} of ${tests.length} failed`);
}
