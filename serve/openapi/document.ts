import { version } from '../../machine/index.js';
import { errorSchema } from '../../protocol/index.js';
import type { Route } from '../routes/route.js';
import { componentSchemas, type JsonSchema, schemaOf } from './components.js';
import type { Content, Parameter, Said } from './operation.js';

export interface DocumentOptions {
  /** Where the app is mounted: empty for the root. */
  readonly base: string;
  /** Whether requests need a key. */
  readonly keys: boolean;
  /** Whether clients may ask too often. */
  readonly limited: boolean;
}

export interface OpenApiOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly [key: string]: unknown;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: { readonly [path: string]: { readonly [method: string]: OpenApiOperation } };
  readonly [key: string]: unknown;
}

const errorMeanings: { readonly [status: number]: string } = {
  400: 'the input is not what was expected',
  401: 'no API key, or one that may not ask',
  403: 'not allowed on this server',
  404: 'no such model, version or file',
  408: 'the request came too slowly',
  413: 'more bytes, pixels, images or rows than one request may have',
  415: 'a content type or content that nobody here reads',
  422: 'the model gives something that is no number, which JSON has no word for',
  429: 'too often, or more than a key may have; Retry-After says when to come again',
  500: 'the server failed; its log says why',
  503: 'busy, late or stopping; Retry-After says when to come again',
};

/** Hono's `:model` is OpenAPI's `{model}`; what is below `/*` has no words there, so its root stands for it. */
export const openApiPath = (path: string) => path.replace(/\*$/, '').replace(/:(\w+)/g, '{$1}');

/** The description of every route, in OpenAPI 3.1: https://spec.openapis.org/oas/v3.1.1.html */
export function openApiDocument(routes: readonly Route[], { base, keys, limited }: DocumentOptions): OpenApiDocument {
  const paths: { [path: string]: { [method: string]: OpenApiOperation } } = {};
  for (const route of routes) {
    const path = openApiPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(route, keys, limited) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'onward',
      version,
      description: 'An image classifier, and any model, over HTTP: images in and classes out, or tensors in and out.',
    },
    ...(base && { servers: [{ url: base }] }),
    paths,
    components: {
      schemas: componentSchemas(),
      ...(keys && {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        },
      }),
    },
  };
}

function describe({ path, operation, open = false }: Route, keys: boolean, limited: boolean): OpenApiOperation {
  const { id, group, summary, more, query = {}, headers = {}, body, answer, others = {}, errors = [] } = operation;
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);
  const statuses = [
    ...new Set([...errors, ...(keys && !open ? [401] : []), ...(limited && !open ? [429] : []), 500]),
  ].sort((a, b) => a - b);
  const parameters = [
    ...inPath.map((name) => ({
      ...{ name, in: 'path', required: true, schema: { type: 'string' } },
      description: name === 'model' ? 'as `/v2/repository/index` names it' : `the ${name}`,
    })),
    ...parametersIn('query', query),
    ...parametersIn('header', headers),
  ];
  return {
    // The same operation stands below two paths where a version may be named.
    operationId: inPath.includes('version') ? `${id}Version` : id,
    summary,
    ...(more !== undefined && { description: more }),
    tags: [group],
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { description: body.meaning, required: body.required, content: contentOf(body) } }),
    responses: {
      200: said(answer),
      ...Object.fromEntries(Object.entries(others).map(([status, one]) => [status, said(one)])),
      ...Object.fromEntries(
        statuses.map((status) => [
          status,
          said({ meaning: errorMeanings[status]!, content: { 'application/json': errorSchema } }),
        ]),
      ),
    },
    ...(keys && !open && { security: [{ bearer: [] }, { header: [] }] }),
  };
}

const parametersIn = (where: 'query' | 'header', parameters: { readonly [name: string]: Parameter }) =>
  Object.entries(parameters).map(([name, { schema, meaning }]) => ({
    ...{ name, in: where, description: meaning, schema: schemaOf(schema) },
  }));

const said = ({ meaning, headers, ...rest }: Said) => ({
  description: meaning,
  ...(headers && {
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, { schema, meaning }]) => [
        name,
        { description: meaning, schema: schemaOf(schema) },
      ]),
    ),
  }),
  ...(rest.content && { content: contentOf(rest) }),
});

const contentOf = ({ content = {} }: Pick<Said, 'content'>) =>
  Object.fromEntries(Object.entries(content).map(([type, one]) => [type, mediaOf(one)]));

function mediaOf(content: Content): { readonly schema?: JsonSchema; readonly encoding?: JsonSchema } {
  if (content === 'text') return { schema: { type: 'string' } };
  // Bytes have no schema in 3.1: an empty object is what it says to write.
  if (content === 'bytes') return {};
  if (!('files' in content)) return { schema: schemaOf(content) };
  return {
    schema: {
      type: 'object',
      required: [content.files],
      properties: { [content.files]: { type: 'array', minItems: 1, items: { contentMediaType: 'image/*' } } },
    },
  };
}
