/**
 * bpmn-engine (npm) with its own save and recover: each completion reads the saved state, recovers and resumes the
 * engine, signals the waiting user task, takes the new state and stores it. Speaks the protocol of bench/subject.py;
 * the diagrams and the values come with the requests (see bpmn_engine.py), so that the workload is written down once.
 *
 * The store is a log: every state is appended to one file and synchronised (one fsync a completion, what SQLite in
 * WAL mode with synchronous=FULL pays too); the newest offset of each case is kept in memory. Node 20 has no SQLite.
 */
import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';

import { Engine } from 'bpmn-engine';

class StateLog {
  constructor(path) {
    this.file = openSync(path, 'w+');
    this.end = 0;
    this.places = new Map();
  }

  save(key, state) {
    const bytes = Buffer.from(JSON.stringify(state));
    writeSync(this.file, bytes, 0, bytes.length, this.end);
    fsyncSync(this.file);
    this.places.set(key, { offset: this.end, length: bytes.length });
    this.end += bytes.length;
  }

  load(key) {
    const { offset, length } = this.places.get(key);
    const bytes = Buffer.allocUnsafe(length);
    readSync(this.file, bytes, 0, length, offset);
    return JSON.parse(bytes.toString());
  }

  size(key) {
    return this.places.get(key).length;
  }

  close() {
    closeSync(this.file);
  }
}

let log;
let plans;
let started = 0;

async function startCase(branches) {
  const engine = new Engine({ name: 'bench', source: plans[branches].diagram });
  const execution = await engine.execute();
  const key = String((started += 1));
  log.save(key, execution.getState());
  return key;
}

async function completeStep(key, step, values) {
  const execution = await new Engine({ name: 'bench' }).recover(log.load(key)).resume();
  const activity = execution.getPostponed().find((each) => each.id === step);
  if (!activity) throw new Error(`${step} is not open in case ${key}`);
  activity.environment.output[step] = values;
  activity.signal(values);
  log.save(key, execution.getState());
}

/** Counted from what the engine says it took, and confirmed by what each step left in the output. */
function outcomeOf(key) {
  const state = log.load(key);
  const [root] = state.definitions[0].execution.processes;
  const taken = (type) => root.execution.children.filter((each) => each.type === type && each.counters.taken === 1);
  const traces = Object.keys({ ...root.environment.output, ...state.environment.output });
  const left = (activity) => traces.includes(activity.id);
  return {
    ended: state.state === 'idle',
    completions: taken('bpmn:UserTask').filter(left).length,
    records: taken('bpmn:ScriptTask').filter(left).length,
  };
}

function demand(holds, message) {
  if (!holds) throw new Error(`Incomplete: ${message}`);
}

async function runCase(branches) {
  const { steps, half } = plans[branches];
  const key = await startCase(branches);
  const milliseconds = [];
  const cpuMilliseconds = [];
  let stateBytes = 0;
  for (const { id, values } of steps) {
    const began = performance.now();
    const cpuBegan = process.cpuUsage();
    await completeStep(key, id, values);
    const { user, system } = process.cpuUsage(cpuBegan);
    cpuMilliseconds.push((user + system) / 1000);
    milliseconds.push(performance.now() - began);
    if (milliseconds.length === half) {
      stateBytes = log.size(key);
      demand(!outcomeOf(key).ended, `case ${key} ended after ${half} completions`);
    }
  }
  const { ended, completions, records } = outcomeOf(key);
  demand(ended && completions === steps.length && records === branches,
    `case ${key}: ended ${ended}, ${completions} completions, ${records} records`);
  return { milliseconds, cpuMilliseconds, stateBytes };
}

async function answer(request) {
  if (request.do === 'open') {
    log = new StateLog(join(request.directory, 'bpmn_engine.log'));
    plans = request.plans;
    return {};
  }
  demand(request.do === 'run', `unknown request ${request.do}`);
  const runs = [];
  for (let each = 0; each < request.cases; each += 1) runs.push(await runCase(request.branches));
  return {
    milliseconds: runs.flatMap((run) => run.milliseconds),
    cpu_milliseconds: runs.flatMap((run) => run.cpuMilliseconds),
    state_bytes: runs.map((run) => run.stateBytes),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = await answer(JSON.parse(line));
  } catch (error) {
    console.error(error);
    reply = { error: String(error.message) };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
log?.close();
