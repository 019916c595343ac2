import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Workbench, type Options } from './workbench';

/** A workbench for the tests of a file, which run one after another in it. Any error on its console or in its host fails the file. */
export function useWorkbench(options?: Options): () => Workbench {
  let workbench: Workbench | undefined;
  beforeAll(async () => {
    workbench = await Workbench.start(options);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await workbench?.shot(`failed-${task.name.replace(/\W+/g, '-')}`).catch(() => {});
  });
  afterAll(async () => expect(await workbench?.stop()).toEqual([]));
  return () => {
    if (!workbench) throw new Error('The workbench has not started.');
    return workbench;
  };
}
