import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../../src/config/parse';
import { dataSetOf, isFilePlace, pathToWrite } from '../../../../src/host/language/dataSet';
import { hoverAt } from '../../../../src/host/language/hovers';

describe('dataSetOf', () => {
  const of = (data: string, at: (string | number)[], rest = '') => {
    const { tree, file } = parseExperiment(`{ "data": ${data}, "train": { "epochs": 9, "learningRate": 0.1 }${rest} }`);
    return dataSetOf(at, tree, file);
  };
  it('knows the set and where it was looked for', () => {
    expect(of('{ "name": "mnist" }', ['data', 'name'])).toEqual({ name: 'mnist', where: 'usual', folderAt: ['data', 'path'] });
    const at = ['data', 'path'];
    expect(of('{ "name": "fashion-mnist", "path": "x" }', at)).toEqual({ name: 'fashion-mnist', where: 'given', folderAt: at });
    const swept = of('{ "name": "digits" }', ['sweep', 'data.name', 1], ', "sweep": { "data.name": ["digits", "mnist"] }');
    expect(swept).toMatchObject({ name: 'mnist', where: 'usual' });
    const place = ['sweep', 'data.path', 0];
    expect(of('{ "name": "mnist" }', place, ', "sweep": { "data.path": ["a", "b"] }')).toEqual({
      name: 'mnist',
      where: 'given',
      folderAt: place,
    });
  });
  it('knows folders of images and each NumPy file', () => {
    const npy = '{ "name": "npy", "images": "a", "labels": "b", "testImages": "c", "testLabels": "d" }';
    for (const key of ['images', 'labels', 'testImages', 'testLabels']) {
      const at = ['data', key];
      expect(of(npy, at)).toEqual({ name: 'npy', where: 'given', folderAt: at });
      expect(isFilePlace(at)).toBe(true);
    }
    const at = ['data', 'path'];
    expect(of('{ "name": "images", "path": "x" }', at)).toEqual({ name: 'images', where: 'given', folderAt: at });
    expect(isFilePlace(at)).toBe(false);
    expect(of('{ "name": "cifar-100" }', ['data', 'name'])).toMatchObject({ name: 'cifar-100', where: 'usual' });
  });
  it('knows none elsewhere', () => {
    expect(of('{ "name": "digits" }', ['data', 'name'])).toBeNull();
    expect(of('{ "name": "mnist" }', ['prune'])).toBeNull();
  });
});

describe('pathToWrite', () => {
  it.each([
    ['/w/data/mnist', '/w', 'data/mnist'],
    ['/w', '/w', '.'],
    ['/data/mnist', '/w', '/data/mnist'],
    ['/w..x', '/w', '/w..x'],
    ['/w/..data/mnist', '/w', '..data/mnist'],
    ['/', '/w', '/'],
  ])('%s from %s', (folder, from, written) => expect(pathToWrite(folder, from, path.posix)).toBe(written));
  it.each([
    ['C:\\w\\data', 'C:\\w', 'data'],
    ['D:\\data', 'C:\\w', 'D:/data'],
    ['C:\\w\\..data', 'C:\\w', '..data'],
  ])('%s from %s', (folder, from, written) => expect(pathToWrite(folder, from, path.win32)).toBe(written));
});

describe('hoverAt', () => {
  const hover = (marked: string) => {
    const offset = marked.indexOf('|');
    const text = marked.replace('|', '');
    const found = hoverAt(parseExperiment(text), offset);
    return found && [text.slice(found.offset, found.offset + found.length), found.text];
  };
  const experiment = (prune: string, rest = '') =>
    `{ "data": { "name": "digits" }, "train": { "epochs": 30, "learningRate": 0.1 }, "prune": ${prune}${rest} }`;
  it('tells what a keep fraction amounts to', () => {
    const text = 'Keeps 11447 of 266200 weights (4.30%), 23.3× fewer.';
    expect(hover(experiment('{ "method": "wls", "ke|ep": 0.043 }'))).toEqual(['"keep"', text]);
    expect(hover(experiment('{ "method": "wls", "keep": 0.0|43 }'))).toEqual(['0.043', text]);
    expect(hover(experiment('{ "method": "wls", "keep": 0.|1, "layers": ["fc1"] }'))![1]).toContain('of 235200');
  });
  it('counts channels where the method cuts them, and nothing that depends on data which is not read yet', () => {
    const of = (data: string, model: string, prune: string) =>
      hover(`{ "data": ${data}, "model": ${model}, "train": { "epochs": 30, "learningRate": 0.1 }, "prune": ${prune} }`)?.[1];
    const cls = '{ "method": "cls", "ke|ep": 0.4 }';
    const npy = '{ "name": "npy", "images": "a", "labels": "b", "testImages": "c", "testLabels": "d" }';
    const kept = 'Keeps 4845 of 12112 channels (40.00%), 2.5× fewer.';
    expect(of('{ "name": "cifar-10" }', '{ "name": "resnet-164" }', cls)).toBe(kept);
    expect(of(npy, '{ "name": "resnet-164" }', cls)).toBe(kept);
    expect(of('{ "name": "cifar-10" }', '{ "name": "densenet-40" }', cls.replace('0.4', '0.3'))).toContain('2808 of 9360');
    expect(of(npy, '{ "name": "lenet-300-100" }', '{ "method": "wls", "ke|ep": 0.1 }')).toBeUndefined();
    expect(of('{ "name": "cifar-10" }', '{ "name": "saved", "path": "x" }', cls)).toBeUndefined();
  });
  it('counts inputs where these are selected, or the channels of an image that convolutions read', () => {
    const of = (data: string, model: string, keep: number, rest = '') =>
      hover(
        `{ "data": ${data}, "model": ${model}, "train": { "epochs": 30, "learningRate": 0.1 }, "prune": { "method": "induced", "ke|ep": ${keep} }${rest} }`,
      )?.[1];
    const [mlp, vgg] = ['{ "name": "lenet-300-100" }', '{ "name": "vgg-16" }'];
    expect(of('{ "name": "digits" }', mlp, 0.25)).toBe('Keeps 196 of 784 inputs (25.00%), 4× fewer.');
    expect(of('{ "name": "cifar-10" }', mlp, 0.5)).toBe('Keeps 1536 of 3072 inputs (50.00%), 2× fewer.');
    expect(of('{ "name": "cifar-10" }', vgg, 0.67)).toBe('Keeps 2 of 3 channels of the image (67.00%), 1.5× fewer.');
    const npy = '{ "name": "npy", "images": "a", "labels": "b", "testImages": "c", "testLabels": "d" }';
    expect(of(npy, mlp, 0.5)).toBeUndefined();
    const images = (channels: number) => `{ "name": "images", "path": "x", "size": 64, "channels": ${channels} }`;
    expect(of(images(3), vgg, 0.67)).toContain('2 of 3 channels');
    expect(of(images(1), mlp, 0.5)).toContain('2048 of 4096 inputs');
  });
  it('counts what a budget is of', () => {
    const of = (data: string, prune: string, rest = '') =>
      hover(
        `{ "data": ${data}, "model": { "name": "vgg-16" }, "train": { "epochs": 30, "learningRate": 0.1 }, "prune": ${prune}, "fineTune": { "epochs": 1, "learningRate": 0.1 }${rest} }`,
      )?.[1];
    const tree = '{ "method": "stlp-ib", "ke|ep": 0.39 }';
    expect(of('{ "name": "cifar-10" }', tree)).toBe(
      'Keeps at most 122,148,649 of the 313,201,664 multiply-accumulates of the whole network (39.00%), 2.6× fewer.',
    );
    expect(of('{ "name": "cifar-10" }', '{ "method": "channels", "score": "l1", "budget": "params", "ke|ep": 0.15 }')).toBe(
      'Keeps at most 2,208,606 of the 14,724,042 parameters of the whole network (15.00%), 6.7× fewer.',
    );
    expect(of('{ "name": "cifar-10" }', '{ "method": "apib", "budget": "channels", "ke|ep": 0.5 }')).toBe(
      'Keeps 2112 of 4224 channels (50.00%), 2× fewer.',
    );
    // How many classes there are is in the folder.
    expect(of('{ "name": "images", "path": "x" }', tree)).toBeUndefined();
    expect(of('{ "name": "cifar-10" }', tree, ', "sweep": { "prune.budget": ["macs", "params"] }')).toBeUndefined();
  });
  it('tells how many runs there are', () => {
    const rest = ', "see|ds": [1, 2], "sweep": { "prune.keep": [0.1, 0.2] }';
    expect(hover(experiment('{ "method": "wls", "keep": 0.1 }', rest))).toEqual(['"seeds"', '4 runs in all.']);
  });
  it('is silent where it knows nothing', () => {
    expect(hover(experiment('{ "meth|od": "wls", "keep": 0.1 }'))).toBeNull();
    expect(hover(experiment('{ "method": "wls", "ke|ep": 10 }'))).toBeNull();
    expect(hover(experiment('{ "method": "wls", "ke|ep": 0.1 }', ', "sweep": { "prune.keep": [0.1, 0.2] }'))).toBeNull();
    expect(hover('|')).toBeNull();
  });
});
