/**
 * The first import of every page: schemas must be told, before the first is made, not to compile themselves with
 * `new Function`, which the content policy forbids and reports.
 */
import * as z from '../src/shared/zod';

z.config({ jitless: true });
