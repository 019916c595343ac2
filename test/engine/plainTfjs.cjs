// Opens a layers model with TensorFlow.js alone (its JavaScript backend, nothing of ours) and prints how many labels it gets wrong.
const fs = require('node:fs');
const path = require('node:path');
const tf = require('@tensorflow/tfjs');

const { model: file, normalise, labels, pixels } = JSON.parse(fs.readFileSync(0, 'utf8'));

const handler = {
  load: async () => {
    const { modelTopology, weightsManifest, format } = JSON.parse(fs.readFileSync(file, 'utf8'));
    const weights = fs.readFileSync(path.join(path.dirname(file), weightsManifest[0].paths[0]));
    return { modelTopology, format, weightSpecs: weightsManifest[0].weights, weightData: new Uint8Array(weights).buffer };
  },
};

async function main() {
  await tf.setBackend('cpu');
  const model = await tf.loadLayersModel(handler);
  const bytes = Buffer.from(pixels, 'base64');
  const x = tf.tensor2d(
    Float32Array.from(bytes, (p) => (p / 255 - normalise.mean) / normalise.std),
    [labels.length, bytes.length / labels.length],
  );
  const predicted = model.predict(x).argMax(1).dataSync();
  console.log(labels.filter((label, i) => label !== predicted[i]).length);
}

main();
