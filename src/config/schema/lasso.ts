/** What the methods of structured lasso have in common: the samples that they see, and what stands for a class. */
import * as z from 'zod';

export const Calibration = z
  .strictObject({
    samples: z.int().min(16).max(4096).default(256).describe('Training samples, as many of each class as can be.'),
  })
  .describe('The samples that channels and classes are compared on, in inference mode and without augmentation.');

export const Response = z
  .enum(['logit', 'label', 'feature'])
  .default('logit')
  .describe(
    "What stands for a class: the trained network's logit of it; the label; or the layer's own output map over pairs of samples of which one is of the class.",
  );
