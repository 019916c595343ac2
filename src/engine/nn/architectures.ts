import type { Model } from '../../config/schema';
import type { Graph } from './graph';
import { mlp } from './mlp';

/** The graph of a declared model for inputs of the given image shape ([height, width, channels]) and number of classes. */
export function architecture(model: Model, image: readonly number[], classes: number): Graph {
  const features = image.reduce((a, b) => a * b, 1);
  switch (model.name) {
    case 'lenet-300-100':
      return mlp('lenet-300-100', features, image, [300, 100], classes);
    case 'mlp':
      return mlp('mlp', features, image, model.hidden, classes);
  }
}
