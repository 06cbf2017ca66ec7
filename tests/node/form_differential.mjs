// Runs forms through the real form-js viewer and prints what it makes of each submission.
//
// In: JSON lines on stdin, one case a line: {schema, context, base, rows, values, lists, files}
//   context  the data the page is shown with
//   base     the same with every list as long as the submission has it
//   values   submitted values as [[path, value], …]; lists the paths of submitted lists that may grow and shrink
//   files    file keys that the person has chosen
// Out: one line a case: {visible, errors, data} (paths as lists) or {unsettled: true}.
//
// A submission is replayed as a person would type it: what is shown and editable takes its value, and so on until
// nothing changes; what gets hidden goes back to what it was.

import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { JSDOM } from 'jsdom';

const dom = new JSDOM('<!doctype html><html lang="en"><body></body></html>', { url: 'https://forms.example/', pretendToBeVisual: true });
for (const name of Object.getOwnPropertyNames(dom.window)) {
  if (!(name in globalThis) && !name.startsWith('_')) {
    globalThis[name] = dom.window[name];
  }
}
Object.assign(globalThis, { window: dom.window, document: dom.window.document, Event: dom.window.Event });
// jsdom has no DataTransfer; the file picker only paints with it.
globalThis.DataTransfer = class {
  items = { add() {} };
  get files() {
    return Object.assign(document.createElement('input'), { type: 'file' }).files;
  }
};

// Bundled, because Node alone cannot resolve all that form-js imports; and imported only now that there is a window.
const bundle = await build({
  stdin: {
    contents: `export { act } from 'preact/test-utils';
               export { Form, buildExpressionContext } from '@bpmn-io/form-js-viewer';`,
    resolveDir: fileURLToPath(new URL('.', import.meta.url)),
  },
  bundle: true,
  write: false,
  format: 'esm',
  logLevel: 'error',
});
const source = Buffer.from(bundle.outputFiles[0].contents).toString('base64');
const { act, Form, buildExpressionContext } = await import(`data:text/javascript;base64,${source}`);

const MAX_ROUNDS = 30;
const keyOf = (path) => JSON.stringify(path);
const copy = (value) => JSON.parse(JSON.stringify(value));
const at = (data, path) => path.reduce((found, part) => found?.[part], data);

function put(data, path, value) {
  let place = data;
  path.slice(0, -1).forEach((part, index) => {
    place = place[part] ??= typeof path[index + 1] === 'number' ? [] : {};
  });
  place[path.at(-1)] = value;
}

async function open(schema, data) {
  const container = document.createElement('div');
  document.body.append(container);
  const form = new Form({ container, debounce: false });
  await act(async () => form.importSchema(copy(schema), copy(data)));
  return { form, close: () => act(() => { form.destroy(); container.remove(); }) };
}

// Lets effects run, and expressions that depend on one another be computed again, until the data stands still.
async function rest(form, schema) {
  if (!JSON.stringify(schema).includes('"type":"expression"')) {
    return true;
  }
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const before = JSON.stringify(form._getState().data);
    await act(async () => {
      form.get('eventBus').fire('field.updated', { shouldNotRecompute: false });
      form._setState({ data: copy(form._getState().data) });
    });
    if (JSON.stringify(form._getState().data) === before) {
      return true;
    }
  }
  return false;
}

function isLocked(form, instance) {
  const registry = form.get('formFieldRegistry');
  const language = form.get('expressionLanguage');
  const field = registry.get(instance.id);
  const isReadonly = (one) =>
    language.isExpression(one.readonly)
      ? language.evaluateUnaryTest(one.readonly, buildExpressionContext(instance.expressionContextInfo)) === true
      : Boolean(one.readonly);
  if (field.disabled || isReadonly(field)) {
    return true;
  }
  for (let above = registry.get(field._parent); above; above = registry.get(above._parent)) {
    if (above.disabled || isReadonly(above)) {
      return true;
    }
  }
  return false;
}

async function replay(form, base, { schema, values, lists, files }) {
  const initial = form._getState().initialData;
  const registry = form.get('formFieldRegistry');
  let taken = new Set();
  const opened = new Set();
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const data = copy(base);
    for (const path of lists) {
      if (!taken.has(keyOf(path)) && at(data, path.slice(0, -1))) {
        put(data, path, copy(at(initial, path) ?? []));
      }
    }
    for (const [path, value] of values) {
      if (taken.has(keyOf(path))) {
        put(data, path, copy(value));
      }
    }
    files.forEach((key) => form.get('fileRegistry').setFiles(key, [{ name: key }]));
    await act(async () => form._setState({ data }));
    if (!(await rest(form, schema))) {
      return false;
    }
    const shown = form.get('formFieldInstanceRegistry').getAll();
    for (const instance of shown) {
      if (!isLocked(form, instance) && registry.get(instance.id).type !== 'expression') {
        opened.add(keyOf(instance.valuePath));
      }
    }
    const submitted = new Set([...lists, ...values.map(([path]) => path)].map(keyOf));
    const now = new Set(
      shown.map(({ valuePath }) => keyOf(valuePath)).filter((key) => submitted.has(key) && opened.has(key)),
    );
    if (now.size === taken.size && [...now].every((key) => taken.has(key))) {
      return true;
    }
    taken = now;
  }
  return false;
}

async function run(one) {
  const { form, close } = await open(one.schema, one.context);
  const base = copy(form._getInitializedFieldData(copy(one.base)));
  if (!(await replay(form, base, one))) {
    close();
    return { unsettled: true };
  }
  let result;
  await act(async () => {
    result = form.submit();
  });
  const shown = form.get('formFieldInstanceRegistry').getAllKeyed();
  const errors = shown.filter(({ id, indexes }) => at(result.errors, [id, ...Object.values(indexes ?? {})])?.length);
  const outcome = {
    visible: shown.map(({ valuePath }) => valuePath),
    errors: errors.map(({ valuePath }) => valuePath),
    data: copy(result.data),
  };
  close();
  return outcome;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await run(JSON.parse(line)))}\n`);
}
process.exit(0);
