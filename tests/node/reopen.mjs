/**
 * Opens .bpmn, .dmn and .form files in bpmn-js, dmn-js and form-js, and saves them again.
 *
 *   node tests/node/reopen.mjs FILE …           prints a JSON list of {file, warnings, saved, refused}
 *   node tests/node/reopen.mjs --write FILE …   rewrites each file as the modeler would save it
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { reopen } from './modelers.mjs';

const words = process.argv.slice(2);
const write = words[0] === '--write';
const files = write ? words.slice(1) : words;

const reports = [];
for (const file of files) {
  reports.push(await report(file));
}
// stdout may be a pipe: leave only when it has taken everything. The pages keep timers that would hold the process.
process.stdout.write(`${JSON.stringify(reports)}\n`, () => process.exit(0));

async function report(file) {
  const text = readFileSync(file, 'utf8');
  const found = { file, warnings: [], saved: '', refused: '' };
  try {
    Object.assign(found, await reopen(file, text));
  } catch (error) {
    found.refused = String(error.message || error);
  }
  if (write && !found.refused && !found.warnings.length) {
    writeFileSync(file, found.saved);
  }
  return found;
}
