import { dataErrors } from './errors';

/** Labels are 16 bits wide. */
export const MAX_CLASSES = 65_535;

/** @param where the samples came from. @throws data/one-class, data/too-many-classes */
export function checkClassCount(where: string, classes: number): void {
  if (classes > MAX_CLASSES) throw dataErrors.manyClasses(where, classes);
  if (classes < 2) throw dataErrors.fewClasses(where);
}
