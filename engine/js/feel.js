// FEEL for the Python side: compile once, run often. Everything crosses as text; no function of Python's is known here.
//
// A pack's function is answered from outside. A run in which a call finds no answer goes on with null, only to collect
// the questions; Python computes the answers and runs again, until a run asks nothing new. So a time limit can cover
// every step, and FEEL holds no Python object.

import './sandbox.js';
import { FunctionWrapper, interpreter, parseExpression, parseUnaryTests } from '@bpmn-io/feelin';
import { setPresent } from './functions.js';
import { analyse } from './reads.js';
import { decode, encode, moment } from './values.js';

const DIALECT = 'camunda'; // names in backticks
const MAX_PROGRAMS = 1000; // of 2 to 25 KB each

const programs = new Map();
let packFunctions = {};
let answers = new Map();

class Failure extends Error {}

// signatures: JSON object, pack function name → parameter names.
export function configure(signatures) {
  packFunctions = JSON.parse(signatures);
}

function build(text, kind, names) {
  const known = Object.fromEntries([...Object.keys(packFunctions), ...JSON.parse(names)].map((name) => [name, 1]));
  const parse = kind === 'unary' ? parseUnaryTests : parseExpression;
  const tree = parse(text, known, DIALECT);
  const { root } = interpreter._buildExecutionTree(tree, text, { addWarning() {} });
  return { root, ...analyse(tree, text, packFunctions, JSON.parse(names)) };
}

function programFor(text, kind, names) {
  const key = `${kind} ${names} ${text}`;
  let program = programs.get(key);
  if (!program) {
    program = build(text, kind, names);
    if (programs.size >= MAX_PROGRAMS) {
      programs.delete(programs.keys().next().value);
    }
    programs.set(key, program);
  }
  return program;
}

// JSON: { reads, calls, warnings } (see reads.js), or { message, at } with the offset of what is wrong.
export function compile(text, kind, names) {
  try {
    const { reads, calls, warnings } = programFor(text, kind, names);
    return JSON.stringify({ reads, calls, warnings });
  } catch (error) {
    if (error.position === undefined) {
      throw error;
    }
    return JSON.stringify({ message: error.message, at: error.position.from });
  }
}

// Forget what another expression was told.
export function begin() {
  answers = new Map();
}

// told: JSON object, question → { value } or {} when answering it failed.
export function learn(told) {
  for (const [question, answer] of Object.entries(decode(told))) {
    answers.set(question, answer);
  }
}

// input: JSON { scope, value?, now? }. Returns JSON: ["=", value], ["?", questions], or ["!", question] when the answer
// to that one had failed. JSON.stringify makes the text whole: the wrapper cannot take one that was concatenated.
export function run(text, kind, names, input) {
  const { root, calls } = programFor(text, kind, names);
  const { scope, value, now } = decode(input);
  const asked = new Set();
  setPresent(now ? moment(now) : null);
  for (const [name] of calls) {
    if (Object.hasOwn(packFunctions, name)) {
      scope[name] = askOutside(name, asked);
    }
  }
  try {
    const result = encode(kind === 'unary' ? test(root, scope, value) : root(scope));
    return JSON.stringify(asked.size ? ['?', [...asked]] : ['=', result]);
  } catch (error) {
    if (asked.size) {
      return JSON.stringify(['?', [...asked]]); // with nulls for answers anything may go wrong
    }
    if (error instanceof Failure) {
      return JSON.stringify(['!', error.message]);
    }
    throw error;
  }
}

// `value` undefined means that there is no value to test, which is not the same as testing null.
function test(root, scope, value) {
  if (value !== undefined) {
    scope['?'] = value;
  }
  return root(scope)(value ?? null);
}

function askOutside(name, asked) {
  const parameters = packFunctions[name];
  return new FunctionWrapper((...args) => {
    const question = JSON.stringify([name, parameters.map((_, at) => encode(args[at]))]);
    const answer = answers.get(question);
    if (!answer) {
      asked.add(question);
      return null;
    }
    if (!('value' in answer)) {
      throw new Failure(question);
    }
    return answer.value;
  }, parameters);
}
