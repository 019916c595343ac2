// Lint, and the invariants of ARCHITECTURE.md that are about who may import what.
import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

const tfjs = {
  group: ['@tensorflow/*'],
  message: 'TensorFlow.js belongs to the engine: kernels, training and what measures or writes networks.',
};
const tfjsNode = { group: ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node/*'], message: 'Only engine/kernels may name tfjs-node.' };
const vscode = { group: ['vscode'], message: 'Only host/ and extension.ts may name the editor.' };
const packages = (...allowed) => ({
  regex: `^(?!\\.)(?!(${allowed.join('|')})$)`,
  message: `This room imports no package but ${allowed.join(', ') || 'none'}.`,
});
/** Other rooms of src/ than these, from a room whose files lie up to two folders deep. */
const otherRooms = (...allowed) => ({
  regex: `^(\\.\\./)+(?!(${allowed.join('|')})(/|$))(client|config|engine|host|setup|shared|store|terminal|webview|extension)(/|$)`,
  message: `This room imports no other room but ${allowed.join(', ') || 'none'}.`,
});
const kernels = {
  regex: '(^|/)((kernels|compact|measure|report)/|train/(?!learningRate$))',
  message: 'This room is pure: it knows nothing of kernels and training.',
};

// no-restricted-imports of a later block replaces an earlier one's, so each block names all that holds for its room.
const room = (files, ...patterns) => ({ files, rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } });

const nativeOps = {
  selector: 'MemberExpression[property.name=/^execute(Single|Multiple)Outputs?$|^executeOp$/]',
  message: 'Only engine/kernels names a native op: add a function there.',
};

const wholeZod = {
  selector: "ImportDeclaration[source.value='zod'] > ImportSpecifier[imported.name='z']",
  message: "`import * as z from 'zod'`: by the name `z` all of zod comes along, with its texts in every language.",
};

// Names from files must reach neither HTML, nor a shell, nor a regular expression as they are.
const html = {
  selector:
    'AssignmentExpression[left.property.name=/^(inner|outer)HTML$/], CallExpression[callee.property.name=/^(insertAdjacentHTML|createContextualFragment)$/], CallExpression[callee.object.name="document"][callee.property.name=/^write(ln)?$/]',
  message: 'Texts are set as texts: textContent, or append().',
};
const shell = {
  selector: 'ImportSpecifier[imported.name=/^exec(Sync)?$/], Property[key.name="shell"]',
  message: 'No shell: spawn or execFile, with a list of arguments.',
};
const regExp = {
  selector: ':matches(NewExpression, CallExpression)[callee.name="RegExp"][arguments.0.type!="Literal"]',
  message: 'A regular expression is written as a literal: a name in it would be read as one.',
};
const throughIo = {
  selector: 'CallExpression[callee.property.name="write"][callee.object.property.name=/^std(out|err)$/]',
  message: 'Print by write() of terminal/io.ts, which leaves no control characters from files in the text.',
};

const numbersFromTidy = {
  selector: 'CallExpression[callee.property.name="tidy"] > ArrowFunctionExpression > CallExpression.body[callee.property.name="dataSync"]',
  message: 'tidy looks for tensors in what it is given back, number by number: return the tensor, or nothing.',
};

// As with imports: each block names all that holds for its files.
const syntax = (...more) => ({ 'no-restricted-syntax': ['error', wholeZod, html, shell, regExp, numbersFromTidy, ...more] });

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'coverage/', '.vscode-test/', '.prune/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: true }],
      // A function may be async for its type's sake: one of several with the same shape.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
    },
  },
  // vitest's matchers (expect.stringMatching and its kin) are of type any.
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], languageOptions: { globals: globals.node } },
  { files: ['webview/**'], languageOptions: { globals: globals.browser } },
  { files: ['src/**/*.ts'], ignores: ['src/engine/kernels/**'], rules: syntax(nativeOps) },
  { files: ['src/engine/kernels/**', 'webview/**/*.ts', 'bench/**/*.ts'], rules: syntax() },
  { files: ['src/terminal/**/*.ts'], ignores: ['src/terminal/io.ts'], rules: syntax(nativeOps, throughIo) },

  room(['src/shared/**'], packages('zod/mini', 'zod/locales'), otherRooms('shared')),
  room(['src/store/**'], vscode, tfjs, otherRooms('store', 'shared')),
  // The version of tfjs-node, and where it downloads from, stand in its package.json.
  room(
    ['src/setup/**'],
    vscode,
    { regex: '^@tensorflow/(?!tfjs-node/package\\.json$)', message: tfjs.message },
    otherRooms('setup', 'shared'),
  ),
  room(['src/config/**'], vscode, tfjs, otherRooms('config', 'shared', 'engine')),
  room(['src/client/**'], vscode, tfjs, otherRooms('client', 'setup', 'shared', 'store')),
  room(['src/terminal/**'], vscode, tfjs),
  room(['src/host/**', 'src/extension.ts'], tfjs),
  room(['webview/**'], vscode, tfjs, {
    regex: '^(\\.\\./)+(src/)?(client|config|engine|host|setup|store|terminal)/',
    message: 'Webviews import only shared/.',
  }),
  room(['src/engine/**'], vscode, tfjsNode, otherRooms('config', 'engine', 'setup', 'shared', 'store')),
  room(['src/engine/kernels/**'], vscode, otherRooms('engine', 'setup', 'shared')),
  room(['src/engine/{nn,screening,criteria,lasso,schedules,prune}/**'], vscode, tfjs, kernels),
  room(['src/engine/data/**'], vscode, tfjs, kernels),
);
