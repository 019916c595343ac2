import { PruneError } from '../../shared/errors';

export const modelErrors = {
  notAnImage: (model: string, shape: readonly number[]) =>
    new PruneError(
      'model/not-an-image',
      `${model} is a convolutional network and reads images, but the samples are rows of ${shape.join(' × ')} features.`,
      'Use images ([height, width, channels]), or choose a model for rows: mlp or lenet-300-100.',
    ),

  imageTooSmall: (model: string, image: readonly number[], least: number) =>
    new PruneError(
      'model/image-too-small',
      `${model} reads images of at least ${least}×${least} pixels; these have ${image[0]}×${image[1]}.`,
      'Scale the images up, or choose a model for small ones: mlp, or vgg-16.',
    ),

  inputMismatch: (file: string, reads: readonly number[], dataset: string, image: readonly number[]) =>
    new PruneError(
      'model/input-mismatch',
      `The model reads samples of ${reads.join(' × ')}, but those of ${dataset} are ${image.join(' × ')}.`,
      'Choose the data that the model was made for, or give its samples this shape.',
      file,
    ),

  classesMismatch: (file: string, outputs: number, dataset: string, classes: number) =>
    new PruneError(
      'model/classes-mismatch',
      `The model has ${outputs} outputs, but ${dataset} has ${classes} classes.`,
      'Choose the data that the model was made for.',
      file,
    ),
};
