import type { Model } from '../../config/schema';
import { densenet } from './densenet';
import { modelErrors } from './errors';
import type { Graph } from './graph';
import { lenet5 } from './lenet5';
import { mlp } from './mlp';
import { preResnet } from './preresnet';
import { basicResnet, resnet18 } from './resnet';
import { volume } from './shapes';
import { vgg } from './vgg';

/**
 * The graph of a declared model for samples of the given shape ([height, width, channels], or [features]) and number of classes.
 *
 * @throws PruneError model/not-an-image, model/image-too-small; Error for `saved`, whose graph is in a file
 */
export function architecture(model: Model, image: readonly number[], classes: number): Graph {
  const features = volume(image);
  const layout = image.length === 3 ? image : null;
  switch (model.name) {
    case 'lenet-300-100':
      return mlp('lenet-300-100', features, layout, [300, 100], classes);
    case 'mlp':
      return mlp('mlp', features, layout, model.hidden, classes);
    case 'saved':
      throw new Error('saved');
    default:
      return convolutional(model, image, classes);
  }
}

type Convolutional = Exclude<Model, { name: 'lenet-300-100' | 'mlp' | 'saved' }>;

function convolutional(model: Convolutional, image: readonly number[], classes: number): Graph {
  if (image.length !== 3) throw modelErrors.notAnImage(model.name, image);
  const least = leastSize(model.name);
  if (image[0]! < least || image[1]! < least) throw modelErrors.imageTooSmall(model.name, image, least);
  switch (model.name) {
    case 'lenet-5':
      return lenet5(image, classes);
    case 'vgg-16':
      return vgg(16, image, classes);
    case 'vgg-19':
      return vgg(19, image, classes);
    case 'resnet-18':
      return resnet18(image, classes);
    case 'resnet-20':
      return basicResnet(20, image, classes);
    case 'resnet-56':
      return basicResnet(56, image, classes);
    case 'resnet-110':
      return basicResnet(110, image, classes);
    case 'resnet':
      return basicResnet(model.depth, image, classes);
    case 'resnet-164':
      return { ...preResnet(164, image, classes), name: model.name };
    case 'preresnet':
      return preResnet(model.depth, image, classes);
    case 'densenet-40':
      return densenet(40, model, image, classes);
    case 'densenet':
      return densenet(model.depth, model, image, classes);
  }
}

/** Pixels a side below which a network has no room for its windows (lenet-5), or would halve a single pixel. */
function leastSize(name: Convolutional['name']): number {
  switch (name) {
    case 'lenet-5':
      return 16;
    case 'resnet-18':
      return 8;
    case 'vgg-16':
    case 'vgg-19':
      return 1;
    default:
      return 4;
  }
}
