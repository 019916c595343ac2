// What is measured. A case has
//   name, what      what to call it, and what it is in words for the table
//   ours, peer      open the two sides (sides.mjs); `against` says what the peer is. Without a peer there is only a time
//   others          more sides, measured in turn with the two: {name, open}
//   target          the ratio ours / peer not to exceed; `limit`: seconds not to exceed
//   agree           both sides give numbers that have to agree, up to this share of their size
//   rounds          at most, where they take long
//   more            further fields of the result, from {ours, peer, others}: each with `value` (seconds), and `rounds` as the side printed
//                  them; asked for only where every side has a round
import { program } from './build.mjs';
import { epochCases } from './list/epochs.mjs';
import { kernelCases } from './list/kernels.mjs';
import { growthCases, methodCases } from './list/methods.mjs';
import { channelCases, networkCases } from './list/networks.mjs';
import { runCases } from './list/runs.mjs';
import { viewCases } from './list/views.mjs';
import { threads } from './machine.mjs';
import { peerCommand, peerEnv } from './python.mjs';
import { served } from './sides.mjs';

/** The cases, in order. `childEnvOf`: of so many threads, the environment of the engine's child, which our sides have. */
export function casesOf(childEnvOf) {
  const sidesOn = (count) => ({
    ours:
      (name, ...args) =>
      () =>
        served([process.execPath, program(name), ...args], childEnvOf(count)),
    pytorch: (script, ...args) => ({
      against: 'PyTorch',
      peer: () => served(peerCommand(script, ...args), peerEnv(count)),
    }),
  });
  const tools = { childEnv: childEnvOf(threads), ...sidesOn(threads), sidesOn };
  return [networkCases, epochCases, channelCases, methodCases, kernelCases, runCases, growthCases, viewCases].flatMap((of) => of(tools));
}
