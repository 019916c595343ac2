/** Part of the build: writes the editor's JSON schema to the file that it is given. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { editorSchema } from './jsonSchema';

const file = process.argv[2];
if (file === undefined) throw new Error('usage: writeSchema FILE');
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, `${JSON.stringify(editorSchema())}\n`);
