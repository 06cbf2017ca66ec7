/**
 * What each kind of file goes through: imported into the bpmn.io tool that analysts edit it with, then saved.
 * `reopen(name, text)` answers {warnings, saved}; it rejects when the tool refuses the file altogether.
 */
import { createRequire } from 'node:module';
import { openPage, settle } from './browser.mjs';

const require = createRequire(import.meta.url);
const opened = new Map();

/** Import and save the file `name` with content `text`. A page that has refused a file is not used again. */
export async function reopen(name, text) {
  const ending = name.slice(name.lastIndexOf('.'));
  if (!(ending in KINDS)) {
    throw new Error(`no modeler opens ${name}`);
  }
  if (!opened.has(ending)) {
    opened.set(ending, KINDS[ending]());
  }
  const { page, importFile } = opened.get(ending);
  try {
    return await watch(page, () => importFile(text));
  } catch (error) {
    opened.delete(ending);
    page.window.close();
    throw error;
  }
}

const KINDS = { '.bpmn': openBpmn, '.dmn': openDmn, '.form': openForms };

function openBpmn() {
  const page = openPage('bpmn-js', '../dist/bpmn-modeler.development.js');
  const zeebe = require('zeebe-bpmn-moddle/resources/zeebe.json');
  const modeler = new page.window.BpmnJS({ container: page.container, moddleExtensions: { zeebe } });
  const importFile = async (text) => {
    const { warnings } = await modeler.importXML(text);
    return { warnings, save: () => saveXml(modeler) };
  };
  return { page, importFile };
}

function openDmn() {
  const page = openPage('dmn-js', '../dist/dmn-modeler.development.js');
  const modeler = new page.window.DmnJS({ container: page.container });
  const importFile = async (text) => {
    const { warnings } = await modeler.importXML(text);
    const shown = modeler.getActiveView();
    for (const table of modeler.getViews().filter((view) => view !== shown)) {
      warnings.push(...(await modeler.open(table)).warnings);
    }
    return { warnings, save: () => saveXml(modeler) };
  };
  return { page, importFile };
}

function openForms() {
  const page = openPage('@bpmn-io/form-js', 'form-viewer.umd.js', 'form-editor.umd.js');
  const viewer = new page.window.FormViewer.Form({ container: page.container });
  const editor = new page.window.FormEditor.FormEditor({ container: page.container });
  const importFile = async (text) => {
    const shown = await viewer.importSchema(JSON.parse(text), {});
    const edited = await editor.importSchema(JSON.parse(text));
    const save = () => JSON.stringify(editor.saveSchema(), null, 2);
    return { warnings: [...shown.warnings, ...edited.warnings], save };
  };
  return { page, importFile };
}

async function saveXml(modeler) {
  const { xml } = await modeler.saveXML({ format: true });
  return xml;
}

/** Import, let the page come to rest, save; what goes wrong in the page meanwhile counts as a warning. */
async function watch(page, importFile) {
  const note = (error) => page.errors.push(String(error));
  page.errors.length = 0;
  process.on('unhandledRejection', note);
  try {
    const { warnings, save } = await importFile();
    await settle(page.window);
    const saved = await save();
    return { warnings: [...warnings.map((warning) => warning.message), ...page.errors], saved };
  } catch (error) {
    await settle(page.window);
    throw error;
  } finally {
    process.off('unhandledRejection', note);
  }
}
