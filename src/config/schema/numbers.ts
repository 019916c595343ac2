/** Numbers that several parts of the schema have. */
import * as z from 'zod';

export const fraction = z.number().min(0).max(1);
export const epochs = z.int().min(1).max(100_000).describe('Passes over the training samples.');
export const samples = z.int().min(1);
