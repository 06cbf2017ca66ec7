/**
 * A browser page without a browser: jsdom, with the parts of SVG that the bpmn.io tools measure and jsdom lacks.
 * Nothing is drawn, so every box has a size of zero; importing and saving do not depend on sizes.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { JSDOM, VirtualConsole } from 'jsdom';

const require = createRequire(import.meta.url);

/**
 * An empty page that has loaded `scripts`, paths beside the main file of the npm package. `errors` gathers what the page
 * complains about on its console: a tool that stumbles and carries on has not opened the file.
 */
export function openPage(npmPackage, ...scripts) {
  const errors = [];
  const virtualConsole = new VirtualConsole();
  virtualConsole.on('error', (...words) => errors.push(words.map(String).join(' ')));
  virtualConsole.on('jsdomError', (error) => errors.push(String(error.detail ?? error)));
  const { window } = new JSDOM('<!doctype html><div id="canvas"></div>', {
    runScripts: 'outside-only',
    pretendToBeVisual: true,
    virtualConsole,
  });
  addMissingParts(window);
  for (const script of scripts) {
    const file = join(dirname(require.resolve(npmPackage)), script);
    window.eval(readFileSync(file, 'utf8'));
  }
  return { window, container: window.document.querySelector('#canvas'), errors };
}

class Unobservant {
  observe() {}
  unobserve() {}
  disconnect() {}
}

function addMissingParts(window) {
  window.CSS = { escape: (text) => text.replace(/[^\w-]/g, (character) => `\\${character}`) };
  window.ResizeObserver = Unobservant;
  window.IntersectionObserver = Unobservant;
  window.structuredClone = structuredClone;
  window.HTMLCanvasElement.prototype.getContext = () => ({ measureText: () => ({ width: 0 }) });
  window.DataTransfer = class {
    items = { add() {} };
    files = Object.assign(window.document.createElement('input'), { type: 'file' }).files;
  };
  window.matchMedia = () => ({ matches: false, addEventListener() {}, removeEventListener() {} });
  window.SVGMatrix = class SVGMatrix {};
  const svg = window.SVGElement.prototype;
  svg.getBBox = () => ({ x: 0, y: 0, width: 0, height: 0 });
  svg.getScreenCTM = identityMatrix;
  svg.getCTM = identityMatrix;
  svg.createSVGMatrix = identityMatrix;
  svg.createSVGPoint = () => ({ x: 0, y: 0, matrixTransform: (matrix) => ({ x: matrix.e, y: matrix.f }) });
  svg.createSVGTransform = createTransform;
  svg.createSVGTransformFromMatrix = createTransform;
  Object.defineProperty(svg, 'transform', { get: transformsOf });
}

/** Let the page finish what it put off to its next frames. */
export function settle(window) {
  const frame = () => new Promise((resolve) => window.requestAnimationFrame(resolve));
  return frame().then(frame);
}

function identityMatrix() {
  const matrix = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };
  for (const operation of ['inverse', 'multiply', 'translate', 'scale', 'rotate']) {
    matrix[operation] = identityMatrix;
  }
  return matrix;
}

function createTransform() {
  return { matrix: identityMatrix(), setTranslate() {}, setMatrix() {}, setRotate() {}, setScale() {} };
}

function transformsOf() {
  return {
    baseVal: {
      numberOfItems: 0,
      clear() {},
      appendItem: (item) => item,
      getItem: createTransform,
      consolidate: createTransform,
      createSVGTransformFromMatrix: createTransform,
    },
  };
}
