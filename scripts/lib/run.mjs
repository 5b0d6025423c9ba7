import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { root } from './root.mjs';

/**
 * Runs a program in the clone, on this terminal. Ctrl-C reaches it as it reaches us, so we wait for what it makes of it.
 * @param {string} program
 * @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
export function run(program, args, env = process.env) {
  const ignore = () => {};
  const forward = (signal) => child.kill(signal);
  process.on('SIGINT', ignore);
  process.on('SIGTERM', forward);
  const shell = process.platform === 'win32' && program.endsWith('.cmd');
  const child = spawn(program, args, { cwd: root, env, stdio: 'inherit', shell });
  return new Promise((done) => {
    const finish = (code) => {
      process.removeListener('SIGINT', ignore);
      process.removeListener('SIGTERM', forward);
      done(code);
    };
    child.on('error', (error) => {
      console.error(`${program} does not start: ${error.message}`);
      finish(1);
    });
    child.on('close', (code, signal) => finish(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

/** Runs a JavaScript file with this Node. */
export const runNode = (file, args, env) => run(process.execPath, [file, ...args], env);

/** Runs npm: the one that runs us, else the one on PATH. */
export function runNpm(args) {
  const running = process.env.npm_execpath;
  if (running && basename(running) === 'npm-cli.js') return runNode(running, args);
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args);
}
