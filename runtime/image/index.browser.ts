export { decode } from './decode.browser.js';
export * from './index.js';
