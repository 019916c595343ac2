import path from 'node:path';
import { expect, it } from 'vitest';
import { reference } from './reference';

it('docs/experiment-files.md says what the schema says', async () => {
  await expect(reference()).toMatchFileSnapshot(path.resolve(__dirname, '../../../docs/experiment-files.md'));
});
