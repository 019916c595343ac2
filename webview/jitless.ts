/**
 * Put before everything else of a webview by the build: schemas must be told, before the first is made, not to compile themselves with
 * `new Function`, which the content policy forbids and reports.
 */
import * as z from 'zod';

z.config({ jitless: true });
