// What the editor shows.
import { buildViews } from '../build.mjs';
import { served } from '../sides.mjs';

/** From a click in VS Code to what it shows, against an extension that has nothing in it. */
export function viewCases() {
  const open =
    (...args) =>
    () =>
      served([process.execPath, buildViews(), ...args], process.env);
  const view = (name, what, ...args) => ({
    name,
    what,
    ours: open(...args),
    against: 'an extension with nothing in it',
    peer: open(...args, 'floor'),
    limit: 1,
    rounds: 3,
  });
  return [
    view('open-512-layers', 'opening a result of 512 layers in VS Code', 'layers', 512),
    view('open-500-runs', 'opening the side panel with 500 runs in VS Code', 'runs', 500),
  ];
}
