/** The Open Inference Protocol over gRPC: a front of the app, without a service of its own. */
export { createGrpcServer, type GrpcServer } from './create.js';
