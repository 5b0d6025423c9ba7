import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work` while no other process of this machine runs it for the same path. This is before anything is installed, so
 * it is made of what file systems have: a folder with its owner's process id in it gets the lock's name, which fails
 * while a folder that is not empty has that name. The lock of a process that died is taken away.
 */
export async function withLock(path, work, onWait) {
  mkdirSync(dirname(path), { recursive: true });
  const own = `${path}.${process.pid}`;
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own);
  writeFileSync(join(own, 'pid'), String(process.pid));
  try {
    for (let waited = false; ; waited = true) {
      if (take(own, path)) break;
      if (takeAway(path)) continue;
      if (!waited) onWait?.();
      await sleep(200);
    }
    try {
      return await work();
    } finally {
      // By its name first: a folder that is being emptied could be taken, and then emptied further.
      renameSync(path, own);
    }
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

function take(own, path) {
  try {
    renameSync(own, path);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(error.code)) return false;
    throw error;
  }
}

/** Takes the lock away from an owner that is no more; true when it was. */
function takeAway(path) {
  if (ownerIsAlive(path)) return false;
  // One taker at a time, who looks again: between looking and taking away, another may have got the lock rightly.
  const taking = `${path}.taking`;
  try {
    mkdirSync(taking);
  } catch {
    if (olderThan(taking, 10_000)) rmSync(taking, { recursive: true, force: true });
    return false;
  }
  try {
    if (ownerIsAlive(path)) return false;
    rmSync(path, { recursive: true, force: true });
    return true;
  } finally {
    rmSync(taking, { recursive: true, force: true });
  }
}

function ownerIsAlive(path) {
  let pid;
  try {
    pid = Number(readFileSync(join(path, 'pid'), 'utf8'));
  } catch {
    // Released just now.
    return false;
  }
  // A process that had our number, before a restart of a container, say.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function olderThan(path, milliseconds) {
  try {
    return Date.now() - statSync(path).mtimeMs > milliseconds;
  } catch {
    return false;
  }
}
