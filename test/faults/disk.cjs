// A disk that forgets what was not flushed when the power goes, as little as POSIX lets one keep: of a file's content what its last fsync saw,
// or any beginning of what was written since; of a folder's names those of its last fsync, and any number of the changes since, in their order.
// Operations are done at once, so that one follows the other.
const fs = require('node:fs');
const path = require('node:path');
const promises = require('node:fs/promises');

const real = { ...fs };
const FOLDER = Symbol('folder');

/** Numbers in [0, n) from a seed (SplitMix32: a counter whose bits are mixed as MurmurHash3 does at its end). */
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) % n;
  };
}

class Disk {
  /** By path: the names of each folder after its last flush, and after each change since. A file is { flushed, last }. */
  folders = new Map();
  files = new Map();

  constructor(root) {
    this.root = real.realpathSync(root);
  }

  holds(file) {
    return typeof file === 'string' && !path.relative(this.root, file).startsWith('..');
  }

  /** The changes of a folder; what is in it when it is first seen was flushed. */
  states(folder) {
    if (!this.folders.has(folder)) {
      const entries = real.readdirSync(folder, { withFileTypes: true });
      const seen = (entry) => (entry.isFile() ? { flushed: real.readFileSync(path.join(folder, entry.name)) } : FOLDER);
      const names = entries.map((entry) => [entry.name, seen(entry)]);
      this.folders.set(folder, [new Map(names)]);
    }
    return this.folders.get(folder);
  }

  names(folder) {
    return this.states(folder).at(-1);
  }

  change(folder, act) {
    const names = new Map(this.names(folder));
    act(names);
    this.states(folder).push(names);
  }

  /** Before a file is written to. */
  touch(file) {
    const [folder, name] = [path.dirname(file), path.basename(file)];
    if (!this.names(folder).has(name)) this.change(folder, (names) => names.set(name, { flushed: Buffer.alloc(0) }));
  }

  /** Before a name goes, or another file takes it. */
  keep(file) {
    const found = this.names(path.dirname(file)).get(path.basename(file));
    if (found && found !== FOLDER) found.last = real.readFileSync(file);
    return found;
  }

  flush(file) {
    if (real.statSync(file).isDirectory()) this.folders.set(file, [this.names(file)]);
    else this.names(path.dirname(file)).get(path.basename(file)).flushed = real.readFileSync(file);
  }

  rename(from, to) {
    const moved = this.names(path.dirname(from)).get(path.basename(from));
    this.keep(to);
    real.renameSync(from, to);
    if (moved === FOLDER) {
      for (const [folder, states] of [...this.folders])
        if (folder === from || folder.startsWith(from + path.sep)) {
          this.folders.delete(folder);
          this.folders.set(to + folder.slice(from.length), states);
        }
    }
    this.change(path.dirname(to), (names) => {
      names.delete(path.basename(from));
      names.set(path.basename(to), moved);
    });
  }

  remove(file) {
    if (!real.existsSync(file)) return false;
    if (real.statSync(file).isFile()) this.keep(file);
    real.rmSync(file, { recursive: true });
    this.change(path.dirname(file), (names) => names.delete(path.basename(file)));
    return true;
  }

  mkdir(folder) {
    if (real.existsSync(folder)) return undefined;
    const first = this.mkdir(path.dirname(folder));
    this.names(path.dirname(folder));
    real.mkdirSync(folder);
    this.folders.set(folder, [new Map()]);
    this.change(path.dirname(folder), (names) => names.set(path.basename(folder), FOLDER));
    return first ?? folder;
  }

  /** The power goes. */
  cut(seed) {
    const roll = dice(seed);
    const left = new Map();
    const content = (file, now) => {
      const current = file.last ?? now;
      const least = current.subarray(0, file.flushed.length).equals(file.flushed) ? file.flushed.length : 0;
      return [file.flushed, current, current.subarray(0, least + roll(current.length - least + 1))][roll(3)];
    };
    for (const [folder, states] of this.folders) {
      // All of the changes, none, or some.
      const names = states[[states.length - 1, 0, roll(states.length)][roll(3)]];
      const all = new Set(states.flatMap((state) => [...state.keys()]));
      for (const name of all) {
        const [place, found] = [path.join(folder, name), names.get(name)];
        // Under which name is it now?
        const at = found && found !== FOLDER && [...states.at(-1)].find(([, file]) => file === found)?.[0];
        left.set(place, found && found !== FOLDER ? content(found, at && real.readFileSync(path.join(folder, at))) : found);
      }
    }
    for (const [place, bytes] of left) {
      if (bytes === undefined) real.rmSync(place, { recursive: true, force: true });
      else if (bytes !== FOLDER && real.existsSync(path.dirname(place))) real.writeFileSync(place, bytes);
    }
  }
}

/** Puts the disk in the place of node's functions. */
function install(root) {
  const disk = new Disk(root);
  const opened = new Map();
  const change = { mkdir: (folder) => disk.mkdir(folder), rm: (file) => void disk.remove(file), rename: (a, b) => disk.rename(a, b) };

  const callbacks = {
    open: (file, flags, mode) => {
      if (disk.holds(file) && flags !== 'r') disk.touch(file);
      const fd = real.openSync(file, flags, mode);
      opened.set(fd, file);
      return fd;
    },
    write: (fd, ...rest) => real.writeSync(fd, ...rest),
    fsync: (fd) => disk.flush(opened.get(fd)),
    close: (fd) => real.closeSync(fd),
    rename: (from, to) => disk.rename(from, to),
    unlink: (file) => {
      if (!disk.remove(file)) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' });
    },
  };
  for (const [name, act] of Object.entries(callbacks)) {
    fs[name] = (...args) => {
      const done = args.pop();
      try {
        const result = act(...args);
        setImmediate(done, null, result);
      } catch (error) {
        setImmediate(done, error);
      }
    };
  }
  fs.appendFileSync = (file, data) => {
    disk.touch(file);
    real.appendFileSync(file, data);
  };
  const others = { ...promises };
  for (const name of ['mkdir', 'rm', 'rename'])
    promises[name] = async (file, ...rest) => (disk.holds(file) ? change[name](file, ...rest) : others[name](file, ...rest));
  for (const name of ['writeFile', 'appendFile'])
    promises[name] = async (file, data) => {
      if (!disk.holds(file)) return others[name](file, data);
      disk.touch(file);
      real[`${name}Sync`](file, data);
    };
  promises.open = async (file, flags, ...rest) => {
    if (disk.holds(file) && flags.startsWith('w')) disk.touch(file);
    const handle = await others.open(file, flags, ...rest);
    if (disk.holds(file)) handle.sync = async () => disk.flush(file);
    return handle;
  };
  return disk;
}

module.exports = { install };
