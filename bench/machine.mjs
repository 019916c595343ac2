// The machine that is measured, and the most that it could do.
import fs from 'node:fs';
import os from 'node:os';

export const threads = os.availableParallelism();
export const machine = `${os.cpus()[0]?.model.trim()}, ${threads} threads, Node ${process.versions.node}`;

/**
 * Float32 operations a cycle of one core, a fused multiply-add counted as two. Two units of 512 or 256 bits are assumed, which cores for
 * servers have; AMD's family 25 works on 512 bits in two halves.
 */
function perCycle(cpuinfo) {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1].trim().split(/\s+/));
  const isZen4 = /^vendor_id\s*:\s*AuthenticAMD$/m.test(cpuinfo) && /^cpu family\s*:\s*25$/m.test(cpuinfo);
  if (flags.has('avx512f') && !isZen4) return { flops: 64, why: 'two 512-bit FMA units' };
  if (flags.has('fma')) return { flops: 32, why: 'two 256-bit FMA units' };
  return null;
}

/** The peak in FLOP/s with how it was reckoned, or null where the system does not tell. */
export function peak() {
  if (!fs.existsSync('/proc/cpuinfo')) return null;
  const cpuinfo = fs.readFileSync('/proc/cpuinfo', 'utf8');
  const cycle = perCycle(cpuinfo);
  const hertz = Number(/^cpu MHz\s*:\s*([\d.]+)$/m.exec(cpuinfo)?.[1]) * 1e6;
  if (!cycle || !(hertz > 0)) return null;
  return {
    flops: threads * hertz * cycle.flops,
    how: `${threads} threads × ${(hertz / 1e9).toFixed(2)} GHz (as the system says; turbo is more) × ${cycle.flops} FLOP a cycle (${cycle.why})`,
  };
}
