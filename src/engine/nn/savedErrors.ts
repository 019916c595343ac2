import { messageOf, PruneError } from '../../shared/errors';
import { plural } from '../../shared/text';

/** A layer of a saved model, as errors name it. */
export interface Place {
  file: string;
  name: string;
  className: string;
  /** Position in the file's list of layers, from 0. */
  index: number;
}

const CONVERT =
  'Save the model with model.save() of TensorFlow.js, or convert it: `tensorflowjs_converter --input_format keras model.h5 FOLDER`.';
const SAVE_ANEW = 'Save or convert the model anew, and keep model.json and its weight files together.';

const where = ({ file, index }: Place) => `${file}, layer ${index + 1}`;
/** Names from a file, which may be of any length. */
const short = (name: string, most = 80) => (name.length > most ? `${name.slice(0, most - 3)}...` : name);
const subject = ({ name, className }: Place) => `Layer ${short(name)} (${short(className)})`;
const shapeText = (shape: readonly (number | null)[]) => `[${shape.map((n) => n ?? 'any').join(', ')}]`;

export const savedErrors = {
  unreadable: (file: string, cause: unknown) =>
    new PruneError(
      'model/unreadable',
      `The model cannot be read: ${messageOf(cause)}`,
      'Check that model.path names a model.json that exists and that you may read.',
      file,
      { cause },
    ),
  notJson: (file: string, cause: unknown) =>
    new PruneError('model/not-json', 'The file is not JSON, so it is not the model.json of a layers model.', CONVERT, file, { cause }),
  graphModel: (file: string) =>
    new PruneError(
      'model/graph-model',
      'This is a graph model: its layers are dissolved into operations that cannot be pruned as layers.',
      'Convert the Keras model to a layers model: `tensorflowjs_converter --input_format keras --output_format tfjs_layers_model model.h5 FOLDER`.',
      file,
    ),
  tooLarge: (file: string, detail: string) =>
    new PruneError(
      'model/too-large',
      detail,
      'Check that this is the model that is meant; a network of this size cannot be pruned here.',
      file,
    ),
  malformed: (file: string, detail: string) =>
    new PruneError('model/malformed', `The file is not a layers model: ${short(detail, 300)}.`, CONVERT, file),

  unsupportedLayer: (place: Place, supported: readonly string[]) =>
    new PruneError(
      'model/unsupported-layer',
      `${subject(place)} is of a class that cannot be pruned or trained here.`,
      `Build the model from these layers, without models inside: ${supported.join(', ')}.`,
      where(place),
    ),
  unsupportedSetting: (place: Place, detail: string) =>
    new PruneError(
      'model/unsupported-setting',
      `${subject(place)}: ${detail}.`,
      'Change this setting and save the model anew.',
      where(place),
    ),
  sharedLayer: (place: Place) =>
    new PruneError(
      'model/shared-layer',
      `${subject(place)} is used more than once in the network.`,
      'Give each place a layer of its own: shared weights cannot be pruned for one place alone.',
      where(place),
    ),
  doesNotFit: (place: Place, detail: string) =>
    new PruneError('model/does-not-fit', `${subject(place)} does not fit what it reads: ${detail}.`, SAVE_ANEW, where(place)),
  zeroPadding: (place: Place, detail: string) =>
    new PruneError(
      'model/unsupported-padding',
      `${subject(place)}: ${detail}.`,
      "Zero padding is understood before a convolution with padding 'valid' where both together are padding 'same'; use that instead.",
      where(place),
    ),
  softmaxInside: (place: Place, softmax: string) =>
    new PruneError(
      'model/softmax-inside',
      `${subject(place)} reads the softmax of layer ${short(softmax)}; a softmax can only be the end of the network.`,
      'Remove the softmax, or choose another model.',
      where(place),
    ),
  rowsAsImage: (place: Place) =>
    new PruneError(
      'model/does-not-fit',
      `${subject(place)} reads images without a channel axis, which only Flatten may.`,
      'Give the input shape as [height, width, channels].',
      where(place),
    ),

  noInputShape: (file: string) =>
    new PruneError(
      'model/no-input-shape',
      'The model does not say the shape of its input.',
      'Build the model with an Input layer before saving it.',
      file,
    ),
  inputShape: (place: Place, shape: readonly (number | null)[]) =>
    new PruneError(
      'model/input-shape',
      `${subject(place)} takes samples of shape ${shapeText(shape)}; they must be [features] or [height, width, channels], each a fixed number.`,
      'Save the model with a fixed input shape.',
      where(place),
    ),
  ends: (file: string, inputs: number, outputs: number) =>
    new PruneError(
      'model/ends',
      `The model has ${plural(inputs, 'input')} and ${plural(outputs, 'output')}; a classifier has one of each.`,
      'Save the part of it that has one input and one output.',
      file,
    ),
  unconnected: (file: string, layer: string) =>
    new PruneError(
      'model/unconnected',
      `Layer ${short(layer)} reads layers that the file does not have, or reads itself.`,
      SAVE_ANEW,
      file,
    ),
  notLogits: (file: string, shape: readonly number[]) =>
    new PruneError(
      'model/not-logits',
      `The model ends in ${shapeText(shape)} numbers a sample; a classifier ends in a row, a number for each class.`,
      'Choose a classifier, with its last layers.',
      file,
    ),
  noWeights: (file: string) =>
    new PruneError(
      'model/no-weights',
      'The model has no dense layer and no convolution, so there is nothing to prune.',
      'Choose another model.',
      file,
    ),

  shardOutside: (file: string, shard: string) =>
    new PruneError('model/shard-outside', `The weight file ${short(shard)} lies outside the folder of the model.`, SAVE_ANEW, file),
  shardTwice: (file: string, shard: string) =>
    new PruneError('model/shard-twice', `The weight file ${short(shard)} is listed twice.`, SAVE_ANEW, file),
  shardUnreadable: (shard: string, cause: unknown) =>
    new PruneError('model/shard-unreadable', `A weight file of the model cannot be read: ${messageOf(cause)}`, SAVE_ANEW, shard, { cause }),
  shardSize: (shards: string, expected: number, got: number) =>
    new PruneError(
      'model/shard-size',
      `The weights take ${expected.toLocaleString('en')} bytes, but the file${shards.includes(', ') ? 's have' : ' has'} ${got.toLocaleString('en')}.`,
      SAVE_ANEW,
      shards,
    ),
  weightType: (file: string, weight: string, type: string) =>
    new PruneError(
      'model/weight-type',
      `The weights ${short(weight)} are stored as ${short(type)}, which is not understood.`,
      'Save them as float32, or quantised to float16, uint16 or uint8.',
      file,
    ),
  weightTwice: (file: string, weight: string) =>
    new PruneError('model/weight-twice', `The file lists the weights ${short(weight)} twice.`, SAVE_ANEW, file),
  weightMissing: (place: Place, weight: string) =>
    new PruneError('model/weight-missing', `${subject(place)}: its weights ${weight} are not in the file.`, SAVE_ANEW, where(place)),
  weightShape: (place: Place, weight: string, expected: readonly number[], got: readonly number[]) =>
    new PruneError(
      'model/weight-shape',
      `${subject(place)}: ${weight} should have shape ${shapeText(expected)}, but has ${shapeText(got)}.`,
      SAVE_ANEW,
      where(place),
    ),
  weightValue: (place: Place, weight: string, index: number, value: number) =>
    new PruneError(
      'model/weight-value',
      `${subject(place)}: number ${index + 1} of ${weight} is ${value}, with which nothing can be computed.`,
      'Save the model from before its training diverged.',
      where(place),
    ),
};
