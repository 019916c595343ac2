/** What is wrong with a version of Node.js for this project, and what to do; null for a good one. */
export function nodeProblem(version) {
  const [major, minor] = version.split('.').map(Number);
  // 20.19 and 22.12 are the first of their lines that can require() modules, as the tools of the build and the tests do.
  const isGood = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major >= 24;
  return isGood
    ? null
    : `Node.js ${version} is too old or of a line that has ended: install 20.19, 22.12, 24 or newer, and run this again.`;
}
