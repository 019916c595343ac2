// One process at a time in a checkout: two `npm start` at once must not install into the same node_modules.
import fs from 'node:fs';
import path from 'node:path';

const POLL_MS = 200;

/**
 * Runs `work` while no other process does. The file holds the owner's process id; a file whose owner is gone is taken over, by the one
 * process whose rename of it succeeds. `waiting` is called once, with the owner, when there is one.
 */
export async function alone(file, waiting, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!take(file)) {
    const owner = ownerOf(file);
    if (owner === null) continue;
    if (!isRunning(owner)) {
      takeAway(file, owner);
      continue;
    }
    if (!told) waiting(owner);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** Creates the lock with its contents in one step: a link to a file that is already written. */
function take(file) {
  const own = `${file}.${process.pid}`;
  fs.writeFileSync(own, String(process.pid));
  try {
    fs.linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(own, { force: true });
  }
}

function ownerOf(file) {
  try {
    return Number(fs.readFileSync(file, 'utf8')) || null;
  } catch {
    return null;
  }
}

function takeAway(file, owner) {
  const away = `${file}.stale-${process.pid}`;
  try {
    fs.renameSync(file, away);
    // Another may have taken it over between the look and the rename: then it goes back.
    if (ownerOf(away) !== owner) fs.renameSync(away, file);
    else fs.rmSync(away);
  } catch {
    // Another was quicker.
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
