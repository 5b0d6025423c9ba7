/**
 * What a TypeScript file imports. Reads the text alone: it must work before anything is installed.
 * @param {string} source
 * @returns {{ specifier: string, line: number, kind: 'value' | 'type' | 'dynamic' }[]}
 */
export function importsOf(source) {
  const { code, strings } = onlyCode(source);
  const found = [];
  for (const { index, groups } of code.matchAll(statement)) {
    found.push({ specifier: strings[groups.string], index, kind: groups.type ? 'type' : 'value' });
  }
  for (const { index, groups } of code.matchAll(bare)) {
    found.push({ specifier: strings[groups.string], index, kind: 'value' });
  }
  for (const { index, groups } of code.matchAll(call)) {
    found.push({ specifier: strings[groups.string], index, kind: 'dynamic' });
  }
  return found.map(({ index, ...rest }) => ({ ...rest, line: code.slice(0, index).split('\n').length }));
}

/** `import { a, type B } from 'x'`, `export * from 'x'`, also over several lines; strings stand as their numbers. */
const statement = /\b(?:import|export)\s+(?<type>type\s+(?!from\b))?[\w*{}\s,$]+?\s*\bfrom\s*'(?<string>\d+)'/g;
/** `import 'x'` */
const bare = /\bimport\s*'(?<string>\d+)'/g;
/** `import('x')`, as an expression or as a type */
const call = /\bimport\s*\(\s*'(?<string>\d+)'/g;

/** Comments and template strings become blanks of the same lines; each string becomes its number, since it may quote code. */
function onlyCode(source) {
  const strings = [];
  const code = source.replace(
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (text) => {
      if (!text.startsWith("'") && !text.startsWith('"')) return text.replace(/[^\n]/g, ' ');
      return `'${strings.push(text.slice(1, -1)) - 1}'`;
    },
  );
  return { code, strings };
}
