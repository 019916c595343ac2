// A program of Prune Lab with a death arranged for it: by SIGKILL, after so many milliseconds or at the nth operation that changes a file or
// flushes it. A write is half done by then. With PRUNE_LAB_FAULT_POWER, a seed, the power goes at that operation: see disk.cjs. Without either it
// counts the operations, so that one can be chosen.
const fs = require('node:fs');
const promises = require('node:fs/promises');
const { Worker } = require('node:worker_threads');

const {
  PRUNE_LAB_FAULT_PROGRAM: program,
  PRUNE_LAB_FAULT_MS: ms,
  PRUNE_LAB_FAULT_OPERATION: nth,
  PRUNE_LAB_FAULT_POWER: power,
  PRUNE_LAB_FAULT_ROOT: root,
  PRUNE_LAB_FAULT_COUNT: count,
} = process.env;

const original = { writeSync: fs.writeSync, appendFileSync: fs.appendFileSync, writeFileSync: fs.writeFileSync };
const disk = power === undefined ? null : require('./disk.cjs').install(root);
const die = () => {
  disk?.cut(Number(power));
  process.kill(process.pid, 'SIGKILL');
};

// From a thread of its own: the engine's is busy in the kernels.
if (ms) new Worker(`setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${Number(ms)})`, { eval: true }).unref();

let operations = 0;
const half = (data) => Buffer.from(data).subarray(0, Buffer.byteLength(data) >> 1);

/** `before` does the part of the operation that a crash in its middle leaves. */
function watch(module, name, before = () => undefined) {
  const operation = module[name];
  module[name] = function (...args) {
    if (++operations === Number(nth)) {
      before(...args);
      die();
    }
    return operation.apply(this, args);
  };
}

for (const name of ['open', 'fsync', 'rename']) watch(fs, name);
watch(fs, 'write', (file, data) => original.writeSync(file, half(data)));
watch(fs, 'appendFileSync', (file, data) => original.appendFileSync(file, half(data)));
for (const name of ['mkdir', 'rm', 'rename']) watch(promises, name);
const { open } = promises;
promises.open = async (...args) => {
  const handle = await open(...args);
  watch(handle, 'writeFile', (data) => original.writeSync(handle.fd, half(data)));
  watch(handle, 'sync');
  return handle;
};
watch(promises, 'writeFile', (file, data) => original.writeFileSync(file, half(data)));
watch(promises, 'appendFile', (file, data) => original.appendFileSync(file, half(data)));

if (count) process.on('exit', () => original.writeFileSync(count, String(operations)));
require(program);
