import manifest from '../../package.json';

export const PACKAGE_VERSION: string = manifest.version;
