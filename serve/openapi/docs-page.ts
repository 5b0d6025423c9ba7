import { html } from 'hono/html';
import type { OpenApiDocument, OpenApiOperation } from './document.js';

interface Listed {
  readonly path: string;
  readonly method: string;
  readonly operation: OpenApiOperation;
}

type Named = { readonly name: string; readonly in: string; readonly description: string };
type Responses = { readonly [status: string]: { readonly description: string; readonly content?: object } };

/** The description for people: one page without scripts, its style beside it, so that the policy of every page holds. */
export async function docsPage({ info, paths, components }: OpenApiDocument): Promise<string> {
  const listed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const groups = [...new Set(listed.map(({ operation }) => (operation.tags as string[])[0]!))];
  const schemas = Object.entries((components as { schemas: object }).schemas);
  const page = await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} ${info.version}: requests</title>
<link rel="stylesheet" href="docs/style.css">
</head>
<body>
<header>
<h1>${info.title} <small>${info.version}</small></h1>
<p>${info.description} For programs: <a href="openapi.json">openapi.json</a>.</p>
</header>
<main>
${groups.map(
  (group) => html`<section><h2>${group}</h2>
${listed.filter(({ operation }) => (operation.tags as string[])[0] === group).map(operationOf)}
</section>`,
)}
<section><h2>What is sent</h2>
${schemas.map(
  ([name, schema]) => html`<details id="${name}"><summary>${name}</summary>
<pre>${JSON.stringify(schema, null, 2)}</pre></details>
`,
)}
</section>
</main>
</body>
</html>
`;
  return page.toString();
}

function operationOf({ path, method, operation }: Listed) {
  const parameters = (operation.parameters ?? []) as readonly Named[];
  const body = operation.requestBody as { readonly description: string; readonly content: object } | undefined;
  return html`<details id="${operation.operationId}">
<summary><code><b>${method}</b> ${path}</code> <span>${operation.summary}</span></summary>
${operation.description ? html`<p>${operation.description}</p>` : ''}
${
  parameters.length > 0
    ? html`<table><tbody>${parameters.map(
        (one) =>
          html`<tr><th scope="row"><code>${one.name}</code></th><td>${one.in}</td><td>${one.description}</td></tr>`,
      )}</tbody></table>`
    : ''
}
${body ? html`<p><b>Body:</b> ${body.description} (${Object.keys(body.content).join(', ')})</p>` : ''}
<table><tbody>
${Object.entries(operation.responses as Responses).map(
  ([status, one]) =>
    html`<tr><th scope="row">${status}</th><td>${one.description}</td><td>${linksTo(one.content)}</td></tr>
`,
)}</tbody></table>
</details>
`;
}

/** The schemas with names that something holds. */
function linksTo(content: object | undefined) {
  const names = [...JSON.stringify(content ?? {}).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name!);
  return [...new Set(names)].map((name) => html`<a href="#${name}">${name}</a> `);
}

export const docsStyle = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 56rem; margin: 0 auto; padding: 1rem; }
h1 small { font-weight: normal; opacity: 0.7; }
details { border: 1px solid #8886; border-radius: 0.4rem; margin: 0.5rem 0; padding: 0.4rem 0.8rem; }
summary { cursor: pointer; }
summary span { opacity: 0.8; margin-left: 0.5rem; }
table { border-collapse: collapse; margin: 0.6rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.15rem 1rem 0.15rem 0; }
pre { overflow-x: auto; font-size: 0.85rem; }
code { overflow-wrap: anywhere; }
`;
