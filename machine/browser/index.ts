export { ensureBrowser } from './ensure.js';
export { type BrowserProgram, findBrowser } from './find.js';
export { type LaunchBrowserOptions, launchBrowser } from './launch.js';
export { probeBrowser } from './probe.js';
export { vulkanEnvironment } from './vulkan.js';
