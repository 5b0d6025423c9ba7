/** The description of the server, made from its routes and from the schemas of what travels. */
export { docsPage, docsStyle } from './docs-page.js';
export { type OpenApiDocument, openApiDocument, openApiPath } from './document.js';
export type { Operation } from './operation.js';
