import { readFileSync } from 'node:fs';
import { z } from 'zod';

const edges = z.array(z.object({ a: z.number(), b: z.number(), r: z.number() }));
const floats = z.array(z.number()).transform((values) => Float64Array.from(values));

/** By oracles/graph_lasso.py. `energy` is the number of responses, whose columns have length 1. */
export const graphOracle = z
  .object({
    cases: z.array(
      z
        .object({
          name: z.string(),
          channels: z.number(),
          responses: z.number(),
          gram: floats,
          correlation: floats,
          edges,
          tau: z.number(),
          signed: z.boolean(),
          bound: z.number(),
          lambdaMax: z.number(),
          solutions: z.array(z.object({ lambda: z.number(), objective: z.number(), b: z.array(z.array(z.number())) })),
        })
        .transform((found) => ({ ...found, energy: found.responses })),
    ),
    bounds: z.array(z.object({ classes: z.number(), edges, bound: z.number() })),
  })
  .parse(JSON.parse(readFileSync(new URL('oracles/graph_lasso.json', import.meta.url), 'utf8')));
