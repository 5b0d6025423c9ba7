import type { Message } from './codec.js';
import { modelInfer } from './infer.js';
import type { Method, Reply } from './method.js';
import { parametersOf } from './parameters.js';
import { modelPath, segment } from './path.js';

const json = ({ bytes }: Reply): Message => JSON.parse(Buffer.from(bytes).toString());
const jsonBody = (value: object) => () => ({ bytes: Buffer.from(JSON.stringify(value)) });

type OfModel = { readonly name: string; readonly version: string };
type Control = { readonly model_name: string; readonly parameters: ReadonlyMap<string, Message> };

const control = (verb: 'Load' | 'Unload'): Method => ({
  name: `RepositoryModel${verb}`,
  request: `RepositoryModel${verb}Request`,
  response: `RepositoryModel${verb}Response`,
  ask(request) {
    const { model_name, parameters } = request as unknown as Control;
    const name = segment(model_name, 'the name of a model');
    return {
      method: 'POST',
      path: `/v2/repository/models/${name}/${verb.toLowerCase()}`,
      body: jsonBody(parameters.size > 0 ? { parameters: parametersOf(parameters) } : {}),
    };
  },
  answer: () => ({}),
});

/** The service `inference.GRPCInferenceService`. */
export const inferenceMethods: readonly Method[] = [
  {
    name: 'ServerLive',
    request: 'ServerLiveRequest',
    response: 'ServerLiveResponse',
    open: true,
    ask: () => ({ method: 'GET', path: '/v2/health/live' }),
    answer: () => ({ live: true }),
  },
  {
    name: 'ServerReady',
    request: 'ServerReadyRequest',
    response: 'ServerReadyResponse',
    open: true,
    ask: () => ({ method: 'GET', path: '/v2/health/ready' }),
    answer: () => ({ ready: true }),
    also: { 400: { ready: false } },
  },
  {
    name: 'ModelReady',
    request: 'ModelReadyRequest',
    response: 'ModelReadyResponse',
    ask(request) {
      const { name, version } = request as OfModel;
      return { method: 'GET', path: modelPath(name, version, 'ready') };
    },
    answer: () => ({ ready: true }),
    // One that is not there, or was unloaded, is not ready: who waits for it asks again.
    also: { 400: { ready: false }, 404: { ready: false }, 503: { ready: false } },
  },
  {
    name: 'ServerMetadata',
    request: 'ServerMetadataRequest',
    response: 'ServerMetadataResponse',
    ask: () => ({ method: 'GET', path: '/v2' }),
    answer: json,
  },
  {
    name: 'ModelMetadata',
    request: 'ModelMetadataRequest',
    response: 'ModelMetadataResponse',
    ask(request) {
      const { name, version } = request as OfModel;
      return { method: 'GET', path: modelPath(name, version) };
    },
    answer: json,
  },
  modelInfer,
  {
    name: 'RepositoryIndex',
    request: 'RepositoryIndexRequest',
    response: 'RepositoryIndexResponse',
    ask: ({ ready }) => ({ method: 'POST', path: '/v2/repository/index', body: jsonBody({ ready }) }),
    answer: (reply) => ({ models: json(reply) }),
  },
  control('Load'),
  control('Unload'),
];

/** The service `grpc.health.v1.Health`: of the whole server. */
export const healthMethods: readonly Method[] = [
  {
    name: 'Check',
    request: 'HealthCheckRequest',
    response: 'HealthCheckResponse',
    open: true,
    ask: () => ({ method: 'GET', path: '/v2/health/ready' }),
    answer: () => ({ status: 1 }),
    also: { 400: { status: 2 } },
  },
];
