import type { Machine } from './sources';

export function thisMachine(): Machine {
  const { platform, arch } = process;
  return { platform, arch, libc: platform === 'linux' ? (hasGlibc() ? 'glibc' : 'musl') : null };
}

/** Node's report names the C library it runs on. Without the network part, which may ask name servers. */
function hasGlibc(): boolean {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork?: boolean };
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return Boolean(header?.glibcVersionRuntime);
}
