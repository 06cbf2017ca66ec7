// What an expression needs, read from its syntax tree: the variable paths it reads, the functions it calls, and
// constructions that are certain to disappoint. Nothing is evaluated.

import { builtins, normalizeContextKey } from '@bpmn-io/feelin';
import { TESTS, UNAVAILABLE } from './functions.js';

const PLAIN_INDEX = new Set(['VariableName', 'PathExpression', 'FunctionInvocation', 'FilterExpression', 'NumericLiteral']);

export class Refusal extends Error {
  constructor(message, from) {
    super(message);
    this.position = { from };
  }
}

// packFunctions: name → parameter names; variables: names that only the caller can tell from operations. Returns { reads: [[path, certain]], calls: [[name, [literal | null]]],
// warnings: [[text, from]] }; throws Refusal.
export function analyse(tree, text, packFunctions, variables = []) {
  const found = { reads: [], calls: [], warnings: [] };
  const spelling = new Map(variables.map((name) => [normalizeContextKey(name), name]));
  visit(tree.topNode, { text, packFunctions, spelling, found, locals: new Set(), certain: true });
  return found;
}

const children = (node) => {
  const list = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    list.push(child);
  }
  return list;
};
const source = (node, scope) => scope.text.slice(node.from, node.to);
const binding = (scope, names) => ({ ...scope, locals: new Set([...scope.locals, ...names]) });

function nameOf(node, scope) {
  const parts = children(node).map((part) => source(part, scope).replace(/`/g, ''));
  return normalizeContextKey(parts.length ? parts.join(' ') : source(node, scope));
}

function literalOf(node, scope) {
  const text = node.name === 'StringLiteral' ? source(node, scope).slice(1, -1) : '\\';
  return text.includes('\\') ? null : text;
}

const VISITORS = {
  VariableName: (node, scope) => read(node, [nameOf(node, scope)], scope),
  PathExpression: visitPath,
  FilterExpression: visitFilter,
  FunctionInvocation: visitCall,
  DateTimeLiteral: visitDate,
  Context: visitContext,
  FunctionDefinition: visitFunction,
  ForExpression: visitIteration,
  QuantifiedExpression: visitIteration,
  SimplePositiveUnaryTest: visitTest,
  InstanceOfExpression: (node) => refuse(node, "'instance of' is not available: compare with a value instead"),
  Type: () => {},
  ParameterName: () => {},
};

function visit(node, scope) {
  (VISITORS[node.name] ?? visitChildren)(node, scope);
}

function visitChildren(node, scope) {
  children(node).forEach((child) => visit(child, scope));
}

function refuse(node, message) {
  throw new Refusal(message, node.from);
}

function read(node, path, scope) {
  if (!scope.locals.has(path[0])) {
    const [root, ...rest] = path;
    scope.found.reads.push([[scope.spelling.get(root) ?? root, ...rest], scope.certain]);
  }
}

function pathOf(node, scope) {
  if (node.name === 'VariableName') {
    return [nameOf(node, scope)];
  }
  if (node.name !== 'PathExpression') {
    return null;
  }
  const [target, property] = children(node);
  const path = pathOf(target, scope);
  return path && [...path, nameOf(property, scope)];
}

function visitPath(node, scope) {
  const path = pathOf(node, scope);
  if (path) {
    read(node, path, scope);
  } else {
    visit(node.firstChild, scope);
  }
}

// Inside a filter a bare name may be a property of the element as well as a variable: such a read is not certain.
function visitFilter(node, scope) {
  const [target, , filter] = children(node);
  visit(target, scope);
  if (PLAIN_INDEX.has(filter.name)) {
    warnOfIndex(filter, scope);
    visit(filter, scope);
  } else {
    visit(filter, { ...binding(scope, ['item']), certain: false });
  }
}

function warnOfIndex(filter, scope) {
  const isTest = filter.name === 'FunctionInvocation' && TESTS.has(nameOf(filter.firstChild, scope));
  const isElement = pathOf(filter, scope)?.[0] === 'item' && !scope.locals.has('item');
  if (isTest || isElement) {
    const written = source(filter, scope);
    scope.found.warnings.push([`[${written}] is taken for an index; write [${written} = true]`, filter.from]);
  }
}

// The grammar lets a test such as `> 5` stand anywhere, so `a == b` and `a => b` are read as `a = (= b)`: never true.
function visitTest(node, scope) {
  const isOperator = node.firstChild.name === 'CompareOp';
  if (isOperator && !['PositiveUnaryTest', 'FilterExpression'].includes(node.parent.name)) {
    refuse(node, `'${source(node, scope)}' compares with nothing: the operators are =, !=, <, <=, >, >=`);
  }
  visitChildren(node, scope);
}

function visitContext(node, scope) {
  let inner = scope;
  for (const entry of children(node).filter((child) => child.name === 'ContextEntry')) {
    const [key, value] = children(entry);
    visit(value, inner);
    const name = key.firstChild;
    inner = binding(inner, [literalOf(name, scope) ?? nameOf(name, scope)]);
  }
}

function visitFunction(node, scope) {
  const parts = children(node);
  const parameters = parts.find((part) => part.name === 'FormalParameters');
  const names = parameters ? children(parameters).map((part) => nameOf(part.firstChild.firstChild, scope)) : [];
  visit(parts.find((part) => part.name === 'FunctionBody'), binding(scope, names));
}

// for x in a, y in x.b return …; some x in a satisfies …; each name is known to the right of its list.
function visitIteration(node, scope) {
  let inner = scope;
  const isLoop = node.name === 'ForExpression';
  for (const part of children(node)) {
    if (part.name !== 'InExpressions') {
      visit(part, isLoop ? binding(inner, ['partial']) : inner);
      continue;
    }
    for (const iteration of children(part)) {
      const [name, , list] = children(iteration);
      visit(list, inner);
      inner = binding(inner, [nameOf(name, scope)]);
    }
  }
}

function visitDate(node, scope) {
  const [constructor, , parameters] = children(node);
  if (constructor.name === 'DateTimeConstructor') {
    const name = normalizeContextKey(source(constructor, scope));
    scope.found.calls.push([name, []]);
    checkCall(node, name, builtins[name].$args, parameters, scope);
  }
  visitChildren(node, scope);
}

function visitCall(node, scope) {
  const [target, , parameters] = children(node);
  if (parameters) {
    visit(parameters, scope);
  }
  if (target.name !== 'VariableName') {
    return visit(target, scope);
  }
  const name = nameOf(target, scope);
  if (scope.locals.has(name)) {
    return undefined;
  }
  const names = parametersOf(target, name, scope);
  const literals = checkCall(node, name, names, parameters, scope);
  return scope.found.calls.push([name, literals]);
}

function parametersOf(node, name, scope) {
  if (Object.hasOwn(scope.packFunctions, name)) {
    return scope.packFunctions[name];
  }
  if (UNAVAILABLE.has(name)) {
    return refuse(node, `the function '${name}' is not available`);
  }
  return Object.hasOwn(builtins, name) ? builtins[name].$args : refuse(node, `there is no function '${name}'`);
}

// The literal arguments in the order of the parameters, null where an argument is computed.
function checkCall(node, name, names, parameters, scope) {
  const isNamed = parameters?.name === 'NamedParameters';
  const given = parameters ? children(parameters) : [];
  const isOpen = names.at(-1)?.startsWith('...');
  const isPack = Object.hasOwn(scope.packFunctions, name);
  if ((given.length > names.length && !isOpen) || (isPack && given.length !== names.length)) {
    refuse(node, `'${name}' takes ${names.length ? names.join(', ') : 'no arguments'}`);
  }
  const literals = names.map(() => null);
  given.forEach((part, at) => {
    const [key, value] = isNamed ? children(part) : [null, part];
    const position = isNamed ? namePosition(part, nameOf(key.firstChild, scope), names, name) : at;
    if (position < literals.length) {
      literals[position] = literalOf(value, scope);
    }
  });
  return literals;
}

function namePosition(node, key, names, name) {
  const position = names.findIndex((one) => one === key || one === `...${key}`);
  return position >= 0 ? position : refuse(node, `'${name}' has no parameter '${key}': it takes ${names.join(', ')}`);
}
