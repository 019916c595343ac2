/** What knows experiment files. The schema, its checks and the parser take longer to load than all else: imported with the first such file. */
export { registerLanguage } from './language/register';
export { queueAgain, queueVariant, requireRunPathsInside, variantsOf } from './prepare';
