// Opens layers models with TensorFlow.js alone (its JavaScript backend, nothing of ours) and prints the logits of each for one sample.
const fs = require('node:fs');
const path = require('node:path');
const tf = require('@tensorflow/tfjs');

const jobs = JSON.parse(fs.readFileSync(0, 'utf8'));

const handler = (file) => ({
  load: async () => {
    const { modelTopology, weightsManifest, format } = JSON.parse(fs.readFileSync(file, 'utf8'));
    const shards = weightsManifest.flatMap(({ paths }) => paths.map((p) => fs.readFileSync(path.join(path.dirname(file), p))));
    const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
    return { modelTopology, format, weightSpecs, weightData: new Uint8Array(Buffer.concat(shards)).buffer };
  },
});

async function main() {
  await tf.setBackend('cpu');
  const all = [];
  for (const { model: file, shape, data } of jobs) {
    const model = await tf.loadLayersModel(handler(file));
    all.push(Array.from(model.predict(tf.tensor(data, [1, ...shape])).dataSync()));
    model.dispose();
  }
  console.log(JSON.stringify(all));
}

main();
