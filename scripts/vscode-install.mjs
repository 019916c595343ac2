// Visual Studio Code for the tests: the npm package code-server carries the workbench and the extension host, and its server runs on
// plain Node. Nothing is compiled: native modules that the tests do not need stay unbuilt, spdlog gets a stand-in in JavaScript, and
// ripgrep (file search) comes from npm's platform package. Kept in the user's cache, once for every checkout.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import envPaths from 'env-paths';

/** The newest code-server on npm that runs on Node 20: VS Code 1.100.3. */
const VERSION = '4.100.3';
const SHA512 = 'q/Fh2DOxCRNhC/WiG/6sAhSKnj7ZACTVBaeeZ+rWjol//0FCbl/qg1ln5ecZ99jYcfqMxZZAyWcN+YBIo0DgpA==';
const RIPGREP = '1.18.0';

/** As src/setup/paths.ts has it. */
export function cacheFolder() {
  const override = process.env.PRUNE_LAB_CACHE;
  return override ? path.resolve(override) : envPaths('prune-lab', { suffix: '' }).cache;
}

/** Installs VS Code where it is not yet, and returns its folder. Two installs at once do not meet: each has a folder of its own. */
export function installVscode() {
  const home = path.join(cacheFolder(), 'vscode');
  const folder = path.join(home, `code-server-${VERSION}`);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(home, { recursive: true });
  const temporary = fs.mkdtempSync(path.join(home, '.new-'));
  console.log(`Installing VS Code (code-server ${VERSION}) into ${folder}`);
  try {
    build(temporary);
    fs.renameSync(path.join(temporary, 'package', 'lib', 'vscode'), folder);
  } catch (error) {
    // Another process was quicker.
    if (!fs.existsSync(folder)) throw error;
  } finally {
    fs.rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

function npm(cwd, ...args) {
  const options = { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], shell: process.platform === 'win32' };
  return execFileSync('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], options);
}

function build(folder) {
  const [{ filename }] = JSON.parse(npm(folder, 'pack', `code-server@${VERSION}`, '--json', '--pack-destination', folder));
  const archive = path.join(folder, filename);
  const digest = createHash('sha512').update(fs.readFileSync(archive)).digest('base64');
  if (digest !== SHA512) throw new Error(`code-server ${VERSION}: its sha512 is ${digest}, which is not ${SHA512}`);
  execFileSync('tar', ['-xzf', archive, '-C', folder, '--exclude=*.map', 'package/lib/vscode']);
  const vscode = path.join(folder, 'package', 'lib', 'vscode');
  const modules = path.join(vscode, 'node_modules');
  // Not `npm ci`: the shrinkwrap of this version lacks tslib.
  npm(vscode, 'install', '--omit=dev', '--no-save');
  fs.symlinkSync('node_modules', path.join(vscode, 'node_modules.asar'), 'junction');
  ripgrep(folder, modules);
  fs.writeFileSync(path.join(modules, '@vscode', 'spdlog', 'index.js'), SPDLOG);
  // Ends the extension host when its parent dies: the server does so itself.
  fs.writeFileSync(path.join(modules, 'native-watchdog', 'index.js'), 'exports.start = () => {};\n');
}

/** @vscode/ripgrep downloads its program when it is installed; npm's package for this platform has it inside. */
function ripgrep(folder, modules) {
  const platform = `${process.platform}-${process.arch}`;
  const own = path.join(folder, 'ripgrep');
  fs.mkdirSync(own);
  fs.writeFileSync(path.join(own, 'package.json'), '{ "private": true }');
  npm(own, 'install', '--no-save', `@vscode/ripgrep-${platform}@${RIPGREP}`);
  const program = process.platform === 'win32' ? 'rg.exe' : 'rg';
  const bin = path.join(modules, '@vscode', 'ripgrep', 'bin');
  fs.mkdirSync(bin, { recursive: true });
  fs.copyFileSync(path.join(own, 'node_modules', '@vscode', `ripgrep-${platform}`, 'bin', program), path.join(bin, program));
  fs.chmodSync(path.join(bin, program), 0o755);
}

/** Names are assigned to `exports` one by one: the server imports this as an ES module, which finds only such names. */
const SPDLOG = `'use strict';
const fs = require('fs');
const path = require('path');
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'critical'];
class Logger {
  constructor(file) {
    this.file = file;
    this.level = 2;
    this.raw = false;
    if (file) fs.mkdirSync(path.dirname(file), { recursive: true });
  }
  write(level, message) {
    if (level < this.level || !this.file) return;
    const line = this.raw ? message : new Date().toISOString() + ' [' + LEVELS[level] + '] ' + message + '\\n';
    try { fs.appendFileSync(this.file, line); } catch {}
  }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.raw = true; }
  flush() {}
  drop() {}
}
LEVELS.forEach((name, level) => { Logger.prototype[name] = function (message) { this.write(level, message); }; });
const create = async (_name, file) => new Logger(file);
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = create;
exports.createAsyncRotatingLogger = create;
`;
