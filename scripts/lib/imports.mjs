/**
 * What a TypeScript file imports. Reads the text alone: it must work before anything is installed.
 * @param {string} source
 * @returns {{ specifier: string, line: number, kind: 'value' | 'type' | 'dynamic' }[]}
 */
export function importsOf(source) {
  const code = withoutComments(source);
  const found = [];
  for (const match of code.matchAll(statement)) {
    const [, , isType, , specifier] = match;
    found.push({ specifier, index: match.index, kind: isType ? 'type' : 'value' });
  }
  for (const match of code.matchAll(bare)) found.push({ specifier: match[1], index: match.index, kind: 'value' });
  for (const match of code.matchAll(call)) found.push({ specifier: match[1], index: match.index, kind: 'dynamic' });
  return found.map(({ index, ...rest }) => ({ ...rest, line: code.slice(0, index).split('\n').length }));
}

/** `import { a, type B } from 'x'`, `export * from 'x'`, also over several lines. */
const statement = /\b(import|export)\s+(type\s+(?!from\b))?([\w*{}\s,$]+?)\s*\bfrom\s*['"]([^'"]+)['"]/g;
/** `import 'x'` */
const bare = /\bimport\s*['"]([^'"]+)['"]/g;
/** `import('x')`, as an expression or as a type */
const call = /\bimport\s*\(\s*['"]([^'"]+)['"]/g;

/** Comments and template strings become blanks of the same lines; quoted strings stay. */
function withoutComments(source) {
  return source.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (text) => (text.startsWith("'") || text.startsWith('"') ? text : text.replace(/[^\n]/g, ' ')),
  );
}
