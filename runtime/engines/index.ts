export {
  type Engine,
  type EngineName,
  type EngineOptions,
  engineNames,
  type Session,
} from './engine.js';
