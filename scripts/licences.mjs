// npm run licences: what dist/ (and so the .vsix) is made of, as a CycloneDX list of components, and their licences with the texts. Fails where a
// package is not pinned by a digest in package-lock.json, or has a licence that was not looked at.
import fs from 'node:fs';
import path from 'node:path';
import { BUNDLED, readJson } from './stamps.mjs';

/** All let the package be passed on as part of this one, with its notice. */
const PERMISSIVE = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense', 'CC0-1.0']);

/** What these publish are bundles already, of which only they can be seen: they come with all that they depend on. */
const BUNDLES = ['node_modules/tar'];

/** What is written into dist/. */
export const SBOM = 'dist/sbom.cdx.json';
export const LICENCES = 'dist/licences.txt';

/** The package that a bundled file is of, as package-lock.json names it; null of the project's own files. */
export function packageOf(file) {
  const from = file
    .split(path.sep)
    .join('/')
    .match(/(?:^|\/)(node_modules\/.*)$/)?.[1];
  return from?.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? null;
}

/** The packages of dist/ as the lock file pins them. `problems`: what keeps them from being passed on, in sentences. */
export function components(root) {
  const { packages } = readJson(root, 'package-lock.json');
  const seen = readJson(root, BUNDLED);
  const within = BUNDLES.filter((place) => seen.includes(place)).flatMap((place) => dependencies(packages, place));
  const found = [...new Set([...seen, ...within])].sort().map((place) => {
    const name = place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);
    // The lock file leaves out the licence of a package that writes it in an older form; its own package.json has it.
    const { version, integrity, license = declared(root, place) } = packages[place] ?? {};
    return { place, name, version, integrity, license, text: licenceText(path.join(root, place)) };
  });
  const problems = found.flatMap(({ name, version, integrity, license }) => [
    ...(version && /^sha512-/.test(integrity ?? '') ? [] : [`${name} is not pinned by a digest in package-lock.json.`]),
    ...(isPermissive(license) ? [] : [`${name} has the licence ${license ?? '(none)'}, which is not among those that were looked at.`]),
  ]);
  return { found, problems };
}

/** The places of all that a package depends on, found as Node would find them. */
function dependencies(packages, from, known = new Set()) {
  for (const name of Object.keys(packages[from]?.dependencies ?? {})) {
    let above = from;
    while (above !== '' && !packages[`${above}/node_modules/${name}`])
      above = above.slice(0, Math.max(0, above.lastIndexOf('/node_modules/')));
    const place = above === '' ? `node_modules/${name}` : `${above}/node_modules/${name}`;
    if (known.has(place)) continue;
    known.add(place);
    dependencies(packages, place, known);
  }
  return [...known];
}

/** "(MIT OR GPL-2.0)" is: one may choose. "MIT AND CC0-1.0" is where all of them are. */
export function isPermissive(license) {
  if (typeof license !== 'string') return false;
  const plain = license.replace(/^\((.*)\)$/, '$1');
  if (/[()]/.test(plain)) return false;
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((one) => PERMISSIVE.has(one)));
}

function declared(root, place) {
  const { license, licenses } = readJson(root, `${place}/package.json`);
  return license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ');
}

/** Licence and notice as the package brings them; null where it names its licence only. */
function licenceText(folder) {
  const files = fs.readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(name));
  const texts = files.sort().map((name) => fs.readFileSync(path.join(folder, name), 'utf8').trim());
  return texts.length > 0 ? texts.join('\n\n') : null;
}

/** A CycloneDX 1.5 bill of materials. Without time and serial number: the same lock file gives the same bytes. */
export function sbom({ name, version, license }, found) {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', 'bom-ref': `${name}@${version}`, name, version, licenses: licenses(license) } },
    components: found.map((one) => ({
      type: 'library',
      'bom-ref': one.place,
      name: one.name,
      version: one.version,
      // The name's @ is escaped in a package URL.
      purl: `pkg:npm/${one.name.replace('@', '%40')}@${one.version}`,
      hashes: [{ alg: 'SHA-512', content: Buffer.from(one.integrity.slice('sha512-'.length), 'base64').toString('hex') }],
      licenses: licenses(one.license),
    })),
  };
}

const licenses = (license) => (/ (OR|AND) /.test(license) ? [{ expression: license }] : [{ license: { id: license } }]);

export function licenceList({ name }, found) {
  const rows = found.map((one) => `${one.name} ${one.version}: ${one.license}`);
  const texts = found.map(
    (one) => `${one.name} ${one.version} (${one.license})\n\n${one.text ?? 'The package brings no text of its licence.'}`,
  );
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `${name} contains parts of these packages:\n\n${rows.join('\n')}${rule}${texts.join(rule)}\n`;
}

/** Writes both files; throws where there is a problem. */
export function writeLicences(root) {
  const own = readJson(root, 'package.json');
  const { found, problems } = components(root);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  fs.writeFileSync(path.join(root, SBOM), `${JSON.stringify(sbom(own, found), null, 2)}\n`);
  fs.writeFileSync(path.join(root, LICENCES), licenceList(own, found));
  return found.length;
}

if (process.argv[1] && path.resolve(process.argv[1]) === import.meta.filename) {
  try {
    const count = writeLicences(path.resolve(import.meta.dirname, '..'));
    console.log(`${SBOM} and ${LICENCES}: ${count} packages`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  }
}
