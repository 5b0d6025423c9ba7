export type { Answer } from './answer.js';
export { type AppOptions, createApp } from './app.js';
export { type Page, type PageFile, readPage } from './page.js';
export { createPool, type Pool, type PoolOptions } from './pool.js';
export type { Health } from './routes/health.js';
export { type ServeOptions, type Server, serve } from './serve.js';
export { type Site, writeSite } from './site.js';
export type { Upload } from './task.js';
