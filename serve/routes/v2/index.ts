import type { Route } from '../route.js';
import { live, ready } from './health.js';
import { inferRoutes } from './infer.js';
import { modelReadyRoutes, modelRoutes } from './model.js';
import { repositoryRoutes } from './repository.js';
import { server } from './server.js';

/** The Open Inference Protocol over REST. */
export const v2Routes: readonly Route[] = [
  live,
  ready,
  server,
  ...repositoryRoutes,
  ...modelReadyRoutes,
  ...inferRoutes,
  ...modelRoutes,
];
